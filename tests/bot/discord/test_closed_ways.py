"""A way to a training's message closes in mid-training: it ends in the way that is left, after few refusals."""

import time
from collections.abc import Callable

import pytest

from tests.loopback import BotProcess, Channel, LoopbackDiscord, Message, Person, rest
from tests.loopback.classroom import (
    TRAINING_TIMEOUT_S,
    can_cancel,
    picture,
    run_id_in,
    wait_final,
    wait_finished,
)
from tests.loopback.interactions import TOKEN_LIFE_S, Interaction
from tests.loopback.world import Request

EPOCHS = 20  # long enough to close something before the end
MOST_REFUSED = 8
NOT_OURS = "stays as it is"


class Lesson:
    """A training in a channel or a thread, and what the bot asked for since something closed there."""

    def __init__(self, server: LoopbackDiscord, channel: Channel) -> None:
        self.server, self.channel = server, channel
        self.person: Person = server.person("Ada")
        self.interaction: Interaction = server.command(self.person, "train", channel=channel, epochs=EPOCHS, seed=1)
        self.message: Message = server.answer(self.interaction)
        server.wait(lambda: can_cancel(self.message), what="a training that is not over")
        self.run_id = self.message.button("Cancel").custom_id.split(":")[2]
        self._before = len(server.world.requests)

    def refused(self) -> list[Request]:
        """The requests that Discord refused since the training began."""
        since = list(self.server.world.requests)[self._before :]
        return [request for request in since if request.status in (400, 401, 403, 404)]

    def token_expires(self) -> None:
        """Fifteen minutes pass."""
        self.server.world.clock.move(TOKEN_LIFE_S + 60)

    def result_elsewhere(self) -> Message:
        """What `/accuracy` says in another channel of the server, once the training has ended."""
        other = Channel(self.server.world.clock.snowflake(), "elsewhere", self.server.guild)
        self.server.world.channels[other.id] = other
        end = time.monotonic() + TRAINING_TIMEOUT_S
        while True:
            answer = self.server.answer(self.server.command(self.person, "accuracy", channel=other))
            if self.run_id in answer.text:
                return answer
            assert time.monotonic() < end, answer.text
            time.sleep(0.2)


def archive(lesson: Lesson) -> None:
    lesson.channel.archived = True


def lock(lesson: Lesson) -> None:
    lesson.channel.archived = lesson.channel.locked = True


def lock_open(lesson: Lesson) -> None:
    lesson.channel.locked = True


def delete_channel(lesson: Lesson) -> None:
    del lesson.server.world.channels[lesson.channel.id]


def delete_message(lesson: Lesson) -> None:
    lesson.message.deleted = True


def hide_channel(lesson: Lesson) -> None:
    lesson.channel.bot_may_see = False


def test_an_archived_thread_is_opened_again_for_the_result(discord: LoopbackDiscord) -> None:
    before = len(discord.requests(rest.EDIT_CHANNEL))
    lesson = Lesson(discord, discord.thread())
    archive(lesson)
    wait_finished(discord, lesson.message)
    assert not can_cancel(lesson.message)
    assert picture(lesson.message).width >= 400
    assert not lesson.channel.archived
    assert len(discord.requests(rest.EDIT_CHANNEL)) == before + 1
    assert {request.status for request in lesson.refused()} == {400}
    assert 0 < len(lesson.refused()) <= MOST_REFUSED


@pytest.mark.parametrize("close", [lock_open, delete_message])
def test_the_person_is_told_where_the_message_cannot_change(
    discord: LoopbackDiscord, close: Callable[[Lesson], None]
) -> None:
    lesson = Lesson(discord, discord.thread())
    close(lesson)
    discord.wait(lambda: lesson.interaction.followups, TRAINING_TIMEOUT_S, "a message besides")
    (told,) = lesson.interaction.followups
    assert told.only_for == lesson.person.id
    assert "for you alone" in told.text
    assert "Test accuracy" in told.text
    assert run_id_in(told.text) == lesson.run_id
    assert picture(told).width >= 400
    assert len(lesson.refused()) <= MOST_REFUSED


@pytest.mark.parametrize("close", [lock, delete_channel, hide_channel])
def test_no_way_is_left(discord: LoopbackDiscord, bot: BotProcess, close: Callable[[Lesson], None]) -> None:
    lesson = Lesson(discord, discord.thread())
    close(lesson)
    lesson.token_expires()
    shown = lesson.result_elsewhere()
    assert "Test accuracy" in shown.text
    log = bot.home / "logs" / "bot.log"
    discord.wait(lambda: f"message {lesson.message.id} {NOT_OURS}" in log.read_text("utf-8"), what="its log line")
    assert 0 < len(lesson.refused()) <= MOST_REFUSED
    if close is hide_channel:  # somebody still sees it, and its button tells the bot that it can be changed again
        discord.press(lesson.person, lesson.message, "Cancel")
        wait_final(discord, lesson.message, 5)


def test_a_lost_right_to_attach_files(discord: LoopbackDiscord) -> None:
    lesson = Lesson(discord, discord.channel)
    lesson.channel.bot_may_attach = False
    lesson.token_expires()
    wait_finished(discord, lesson.message)
    assert not can_cancel(lesson.message)
    assert not lesson.message.files
    assert [request.status for request in lesson.refused() if request.route == rest.EDIT_MESSAGE] == [403]
