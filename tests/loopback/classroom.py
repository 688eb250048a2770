"""What a class does with the tutor, and what has to hold whatever it does."""

import io
import re
from dataclasses import dataclass

from PIL import Image

from tests.loopback.messages import Message
from tests.loopback.people import Channel, Person
from tests.loopback.process import BotProcess
from tests.loopback.server import LoopbackDiscord
from trainer.runs.folder import RUN_ID, Run

TRAINING_TIMEOUT_S = 60.0
CHINESE = re.compile("[\u4e00-\u9fff]")
_RUNNING = re.compile(r"epoch \d+/\d+|第 \d+/\d+ 轮")
_RESULT = re.compile(r"Test accuracy|测试准确率")
_FIGURE_AFTER_TEST = re.compile(r"(?:test|测试).*?(\d+(?:\.\d+)?)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Trained:
    """A finished training and everything around it."""

    person: Person
    channel: Channel
    message: Message
    run: Run

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.run.path.name


def train(server: LoopbackDiscord, person: Person, *, channel: Channel | None = None, **options: float) -> Message:
    """`/train`: the one message, once it is there."""
    return server.answer(server.command(person, "train", channel=channel, checked=True, **options))


def train_long(server: LoopbackDiscord, person: Person, *, channel: Channel | None = None) -> Message:
    """A training that takes far longer than any test: to be cancelled or killed."""
    return train(server, person, channel=channel, epochs=50, batch_size=8)


def wait_running(server: LoopbackDiscord, message: Message) -> None:
    """Until the message shows a training that goes on."""
    server.wait(lambda: _RUNNING.search(message.text), TRAINING_TIMEOUT_S, "a running training")


def wait_finished(server: LoopbackDiscord, message: Message) -> None:
    """Until the message shows the result."""
    server.wait(lambda: _RESULT.search(message.text), TRAINING_TIMEOUT_S, f"the result in {message.text!r}")


def wait_final(server: LoopbackDiscord, message: Message, timeout_s: float = TRAINING_TIMEOUT_S) -> None:
    """Until the message offers nothing to cancel any more."""
    server.wait(lambda: message.text and not can_cancel(message), timeout_s, f"the end of {message.text!r}")


def can_cancel(message: Message) -> bool:
    """Whether an enabled button says cancel or stop."""
    words = ("cancel", "stop", "取消", "停止")
    return any(not one.disabled and any(word in one.label.lower() for word in words) for one in message.buttons)


def run_id_in(text: str) -> str:
    """The run that a message is about."""
    found = [word for word in re.findall(r"`([^`]+)`", text) if RUN_ID.fullmatch(word)]
    assert found, text
    return found[0]


def first_figure_after_test(text: str) -> str:
    """The first number after the word test."""
    found = _FIGURE_AFTER_TEST.search(text)
    assert found, text
    return found.group(1)


def shares_in(text: str, names: list[str]) -> list[float]:
    """The percentages that stand after the ten names, in their order; the last one of each counts."""
    shares = [re.findall(rf"(?m)^\W*{re.escape(name)} (\d+\.\d) %", text) for name in names]
    assert all(shares), text
    return [float(found[-1]) for found in shares]


def picture(message: Message) -> Image.Image:
    """The only picture of a message, whole and shown with words for those who cannot see it."""
    assert len(message.files) == 1, list(message.files)
    assert len(message.descriptions) == 1
    assert message.descriptions[0]
    (data,) = message.files.values()
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    image.load()
    return image


def assert_well_behaved(server: LoopbackDiscord) -> None:
    """Nothing against Discord's limits and rules since the last time; forgets what there was."""
    found, unanswered = list(server.world.violations), server.world.unanswered()
    server.world.violations.clear()
    server.world.faults.clear()
    for interaction in unanswered:
        interaction.excused = True
    assert found == []
    assert unanswered == []


def assert_no_secrets(server: LoopbackDiscord, bot: BotProcess) -> None:
    """Neither the bot's token nor an interaction's stands in anything that was written or said."""
    written = bot.written()
    said = "".join(shown.text for message in server.world.messages.values() for shown in message.history)
    for secret in server.secrets:
        assert secret.encode() not in written
        assert secret not in said
