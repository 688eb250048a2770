"""Every limit is caused once: a check that never fires proves nothing."""

from typing import Any

import pytest

from tests.loopback.cdn import Cdn
from tests.loopback.clock import Clock
from tests.loopback.command_limits import command_problems
from tests.loopback.limits import choice_problems, message_problems
from tests.loopback.messages import COMPONENTS_V2, LOADING, Message, Writer, new_message
from tests.loopback.people import Channel, Person
from tests.loopback.problems import RefusedError


def _text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def _button(label: str = "Go", custom_id: str = "go", **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": label, "custom_id": custom_id} | more


def _row(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(buttons)}


def _gallery(name: str, alt: str = "a picture") -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": f"attachment://{name}"}, "description": alt}]}


FINE = {"components": [{"type": 17, "components": [_text("x" * 3900), _gallery("a.png"), _row(_button())]}]}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"content": "x" * 2001}, "2001 characters"),
        ({"embeds": [{"title": "x" * 257}]}, "embed title"),
        ({"embeds": [{"description": "x" * 4000}, {"description": "x" * 4000}]}, "8000 characters"),
        ({"components": [_text("x")] * 41}, "41 components"),
        ({"components": [_text("x" * 4001)]}, "4001 characters"),
        ({"components": [_text("衣" * 2000), _text("服" * 1500)]}, "10500 bytes"),
        ({"components": [_row(_button("x" * 81))]}, "81 characters"),
        ({"components": [_row(_button("", emoji=None))]}, "neither label nor emoji"),
        ({"components": [_row(_button(custom_id="x" * 101))]}, "101 characters"),
        ({"components": [_row(_button(), _button())]}, "used 2 times"),
        ({"components": [_row(_button(style=5))]}, "a link needs a url"),
        ({"components": [_row(*[_button(custom_id=str(n)) for n in range(6)])]}, "holds 6"),
        ({"components": [_gallery("a.png", "x" * 1025)]}, "alternative text"),
        ({"components": [{"type": 12, "items": []}]}, "gallery holds 0"),
        ({"components": [{"type": 17, "components": []}]}, "container is empty"),
        ({"components": [{"type": 9, "components": [_text("x")]}]}, "section needs"),
        ({"components": [_text(" ")]}, "text display is empty"),
        ({"attachments": [{"id": str(n)} for n in range(11)]}, "11 attachments"),
        ({"content": "hello @everyone"}, "notify"),
        ({"content": "hello <@12>", "allowed_mentions": {"parse": ["users"]}}, "notify"),
    ],
)
def test_message_limits(body: dict[str, Any], problem: str) -> None:
    assert [found for found in message_problems(body, {}) if problem in found]


def test_what_is_allowed_passes() -> None:
    assert message_problems(FINE, {"a.png": b"png"}) == []
    assert message_problems({"content": "hello <@12>", "allowed_mentions": {"parse": []}}, {}) == []


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"a.png": b""}, "is empty"),
        ({"鞋.png": b"x"}, "file name"),
        ({"a b.png": b"x"}, "file name"),
        ({"a.png": bytes(10 * 1024 * 1024 + 1)}, "bytes"),
        ({f"{n}.png": b"x" for n in range(11)}, "11 attachments"),
    ],
)
def test_file_limits(files: dict[str, bytes], problem: str) -> None:
    assert [found for found in message_problems({}, files) if problem in found]


def _command(**more: Any) -> dict[str, Any]:
    return {"name": "train", "description": "Train it", "type": 1} | more


def _option(name: str = "epochs", **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "How many", "type": 4} | more


@pytest.mark.parametrize(
    ("commands", "problem"),
    [
        ([_command(name="Train")], "not allowed"),
        ([_command(name="train it")], "not allowed"),
        ([_command(name_localizations={"zh-CN": "训 练"})], "not allowed"),
        ([_command(description="")], "needs 1 to 100"),
        ([_command(description="…")], "needs 1 to 100"),
        ([_command(description_localizations={"zh-CN": "x" * 101})], "needs 1 to 100"),
        ([_command(name_localizations={"zh": "训练"})], "languages"),
        ([_command(), _command()], "used twice"),
        ([_command(options=[_option(), _option("seed", required=True)])], "required options"),
        ([_command(options=[_option(), _option()])], "not unique"),
        ([_command(options=[_option(choices=[{"name": str(n), "value": n} for n in range(26)])])], "26 choices"),
        ([_command(options=[_option(choices=[{"name": "a", "value": n} for n in range(2)])])], "used twice"),
        ([_command(options=[_option(autocomplete=True, choices=[{"name": "a", "value": 1}])])], "exclude"),
        ([_command(options=[_option(f"o{n}", description="x" * 100) for n in range(25)] * 4)], "altogether"),
        ([{"name": "x" * 33, "type": 3}], "menu name"),
        ([{"name": "Classify", "type": 3, "description": "no"}], "has no description"),
    ],
)
def test_command_limits(commands: list[dict[str, Any]], problem: str) -> None:
    assert [found for found in command_problems(commands) if problem in found]


def test_good_commands_pass() -> None:
    chinese = {"zh-CN": "训练"}
    command = _command(name_localizations=chinese, options=[_option("image", required=True), _option()])
    assert command_problems([command, {"name": "Classify this image", "type": 3, "description": ""}]) == []


def test_choices_of_autocomplete() -> None:
    assert choice_problems([{"name": "x" * 101, "value": "a"}])
    assert choice_problems([{"name": "a", "value": ""}])
    assert choice_problems([{"name": "a", "value": "a"}]) == []


@pytest.fixture
def writer() -> Writer:
    return Writer(Clock(), Cdn())


@pytest.fixture
def message() -> Message:
    return new_message(Clock(), Channel("1", "general"), Person("2", "Ada").as_user(), flags=LOADING)


V2 = {"flags": COMPONENTS_V2, "components": [_text("first")]}


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ({"content": "words"}, "neither content"),
        ({"flags": 0, "components": [_text("second")]}, "cannot be turned back"),
        ({"components": [_gallery("gone.png")]}, "not among the attachments"),
        ({"components": []}, "empty message"),
        ({"attachments": [{"id": 0, "filename": "a.png"}]}, "neither in the message nor uploaded"),
    ],
)
def test_a_message_with_components_v2_stays_one(
    writer: Writer, message: Message, second: dict[str, Any], why: str
) -> None:
    writer.write(message, V2, {}, "webhook")
    with pytest.raises(RefusedError, match=why):
        writer.write(message, second, {}, "webhook")
    assert message.text == "first"
    assert len(message.history) == 1


def test_components_v2_need_their_flag(writer: Writer, message: Message) -> None:
    with pytest.raises(RefusedError, match="need the flag"):
        writer.write(message, {"components": [_text("first")]}, {}, "webhook")
    assert message.loading


def test_an_attachment_has_to_be_shown(writer: Writer, message: Message) -> None:
    body = V2 | {"attachments": [{"id": 0, "filename": "a.png"}]}
    with pytest.raises(RefusedError, match="no component shows it"):
        writer.write(message, body, {"files[0]": b"png"}, "webhook")


def test_attachments_stay_go_and_come(writer: Writer, message: Message) -> None:
    first = V2 | {"components": [_gallery("a.png")], "attachments": [{"id": 0, "filename": "a.png"}]}
    writer.write(message, first, {"files[0]": b"one"}, "webhook")
    kept = message.data["attachments"][0]["id"]
    second = {
        "components": [_gallery("a.png"), _gallery("b.png")],
        "attachments": [{"id": kept}, {"id": 0, "filename": "b.png"}],
    }
    writer.write(message, second, {"files[0]": b"two"}, "channel")
    assert message.files == {"a.png": b"one", "b.png": b"two"}
    writer.write(message, {"components": [_text("over")], "attachments": []}, {}, "channel")
    assert message.files == {}
    assert [len(shown.data["attachments"]) for shown in message.history] == [1, 2, 0]
