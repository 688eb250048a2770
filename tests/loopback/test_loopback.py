"""The loopback Discord against a minimal real bot: if this fails, no other test of the bot means anything."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loopback import REDIRECT_FOLDER, ApiDescription, LoopbackDiscord, Upload, rest
from tests.loopback.faults import FaultKind

MINIMAL_BOT = Path(__file__).with_name("minimal_bot.py")


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackDiscord]:
    with LoopbackDiscord(api=ApiDescription.from_environment()) as server:
        environment = os.environ | {
            "LOOPBACK_DISCORD": server.url,
            "DISCORD_TOKEN": server.token,
            "PYTHONPATH": str(REDIRECT_FOLDER),
        }
        bot = subprocess.Popen([sys.executable, str(MINIMAL_BOT)], env=environment)
        try:
            server.wait(lambda: server.world.gateway.connected, what="IDENTIFY")
            yield server
        finally:
            bot.kill()
            bot.wait()


@pytest.fixture(autouse=True)
def no_violations(server: LoopbackDiscord) -> Iterator[None]:
    yield
    found = list(server.world.violations)
    server.world.violations.clear()
    server.world.faults.clear()
    assert found == []


def _reached(server: LoopbackDiscord, locale: str = "en-US") -> str:
    return server.answer(server.command(server.person("Ada", locale), "pick", what="it")).text


def test_commands_are_registered_and_identify_is_seen(server: LoopbackDiscord) -> None:
    assert {command["name"] for command in server.world.commands[""]} >= {"later", "pick", "Count pictures"}
    assert server.world.gateway.identify["intents"] == 1
    server.wait(lambda: server.world.gateway.heartbeats_at, what="a heartbeat")


def test_deferred_answer_is_edited_in_place(server: LoopbackDiscord) -> None:
    interaction = server.command(server.person("Ada"), "later", seconds=1)
    server.wait(lambda: interaction.answered, 3)
    assert interaction.answer_type == 5
    assert interaction.message is not None
    assert interaction.message.loading
    message = server.answer(interaction)
    server.wait(lambda: message.text == "three")
    assert [shown.text for shown in message.history] == ["one", "two", "three"]
    assert [shown.via for shown in message.history] == ["webhook", "channel", "channel"]
    assert message.files["dot.png"].startswith(b"\x89PNG")
    assert message.descriptions == ["a dot"]
    assert [shown.at for shown in message.history] == sorted(shown.at for shown in message.history)


def test_button_updates_its_message_and_keeps_the_picture(server: LoopbackDiscord) -> None:
    person = server.person("Ada")
    message = server.answer(server.command(person, "later"))
    server.wait(lambda: message.text == "three")
    pressed = server.press(person, message, "Again 1")
    server.wait(lambda: pressed.answered)
    assert message.text == "again 1"
    assert message.button("Again").custom_id == "again:2"
    assert list(message.files) == ["dot.png"]


@pytest.mark.parametrize(
    ("upload", "text"),
    [
        (Upload("a.png", b"x" * 100), "100 bytes"),
        (Upload("b.png", b"x" * 100, declared_bytes=7), "100 bytes"),
        (Upload("c.png", b"", behaviour="missing"), "gone"),
    ],
)
def test_attachments_come_from_the_picture_server(server: LoopbackDiscord, upload: Upload, text: str) -> None:
    answer = server.answer(server.command(server.person("Ada"), "size", image=upload))
    assert answer.text == text
    assert answer.ephemeral


def test_late_answer_is_refused(server: LoopbackDiscord) -> None:
    interaction = server.command(server.person("Ada"), "slow")
    server.world.clock.move(3.1)
    server.wait(lambda: server.requests(rest.SEND_MESSAGE))
    assert server.requests(rest.SEND_MESSAGE)[-1].body["content"] == "code 10062"
    assert not interaction.answered
    assert [found for found in server.world.violations if "10062" in found]
    server.world.violations.clear()


def test_second_answer_is_refused(server: LoopbackDiscord) -> None:
    message = server.answer(server.command(server.person("Ada"), "twice"))
    server.wait(lambda: message.text == "code 40060")
    assert [found for found in server.world.violations if "40060" in found]
    server.world.violations.clear()


def test_expired_token_is_refused(server: LoopbackDiscord) -> None:
    interaction = server.command(server.person("Ada"), "later", seconds=1)
    server.wait(lambda: interaction.answered)
    server.world.clock.move(16 * 60)
    server.wait(lambda: any(request.status == 401 for request in server.requests(rest.EDIT_ORIGINAL)))
    assert not interaction.told


def test_locale_permissions_and_direct_messages(server: LoopbackDiscord) -> None:
    assert _reached(server, "zh-TW") == "zh-TW False it"
    teacher = server.person("Lin", "zh-CN", manages=True)
    assert server.answer(server.command(teacher, "pick", what="x")).text == "zh-CN True x"
    message = server.answer(server.command(teacher, "pick", channel=server.direct_messages(teacher), what="x"))
    assert message.text == "zh-CN False x"
    assert message.channel.guild is None


def test_autocomplete_and_menu(server: LoopbackDiscord) -> None:
    person = server.person("Ada")
    assert [choice["name"] for choice in server.complete(person, "pick", "what", "ab")] == ["ab0", "ab1", "ab2"]
    posted = server.post(person, "look", Upload("a.png", b"1"), Upload("b.png", b"2"))
    assert server.answer(server.message_menu(person, "Count pictures", posted)).text == "2 pictures"


def test_discord_would_not_send_a_wrong_value(server: LoopbackDiscord) -> None:
    with pytest.raises(AssertionError, match="at most 10"):
        server.command(server.person("Ada"), "later", seconds=11)


@pytest.mark.parametrize("kind", [429, 500, "slow"])
def test_trouble_on_a_route(server: LoopbackDiscord, kind: FaultKind) -> None:
    fault = server.trouble(rest.EDIT_MESSAGE, kind, 1, seconds=0.2)
    message = server.answer(server.command(server.person("Ada"), "later"))
    server.wait(lambda: message.text == "three")
    assert fault.happened == 1
    statuses = [request.status for request in server.requests(rest.EDIT_MESSAGE)[-3:]]
    assert (kind in statuses) == (kind != "slow")


def test_reconnect_resumes_and_missed_events_arrive(server: LoopbackDiscord) -> None:
    gateway = server.world.gateway
    for disturb in (server.ask_to_reconnect, server.cut_sockets):
        resumed, identified = len(gateway.resumed_at), len(gateway.identified_at)
        disturb()
        assert _reached(server) == "en-US False it"
        server.wait(lambda before=resumed: len(gateway.resumed_at) > before)
        assert len(gateway.identified_at) == identified


def test_invalid_session_identifies_again(server: LoopbackDiscord) -> None:
    gateway = server.world.gateway
    before, started = len(gateway.identified_at), time.monotonic()
    server.invalidate_session()
    server.wait(lambda: len(gateway.identified_at) > before)
    assert time.monotonic() - started < 10
    assert _reached(server) == "en-US False it"
