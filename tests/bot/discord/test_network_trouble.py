"""Discord fails now and then; the training ends in its message all the same."""

import json
import re
import time

import pytest

from tests.loopback import BotProcess, LoopbackDiscord, Message, Person, rest
from tests.loopback.classroom import (
    CHINESE,
    can_cancel,
    first_figure_after_test,
    picture,
    run_id_in,
    train,
    train_long,
    wait_final,
    wait_finished,
    wait_running,
)
from tests.loopback.faults import FaultKind
from trainer.runs.folder import find_run_by_id

ANY_EDIT = "PATCH /*/messages/*"  # with the bot's own token or the interaction's
SHORT = 4  # epochs
TOKEN_LIFE_S = 15 * 60


def _assert_result(bot: BotProcess, message: Message) -> None:
    run = find_run_by_id(bot.home, run_id_in(message.text))
    assert first_figure_after_test(message.text) == f"{run.test_accuracy:.4f}"
    assert picture(message).width >= 400
    assert not can_cancel(message)


def _is_progress(body: dict[str, object]) -> bool:
    return not _is_result(body)


def _is_result(body: dict[str, object]) -> bool:
    return "Test accuracy" in json.dumps(body)


@pytest.fixture
def ada(discord: LoopbackDiscord) -> Person:
    return discord.person("Ada")


def test_gateway_comes_and_goes_in_mid_training(discord: LoopbackDiscord, bot: BotProcess) -> None:
    """Op 7, a cut socket, op 9; the message is in Chinese."""
    gateway, person = discord.world.gateway, discord.person("小林", "zh-TW")
    message = train(discord, person, epochs=SHORT)
    for disturb in (discord.ask_to_reconnect, discord.cut_sockets):
        before = len(gateway.resumed_at)
        disturb()
        discord.wait(lambda before=before: len(gateway.resumed_at) > before, what="RESUME")
    before = len(gateway.identified_at)
    discord.invalidate_session()
    wait_finished(discord, message)
    _assert_result(bot, message)
    assert re.search(r"测试准确率：\d\.\d{4}", message.text)
    assert "练习集" in message.text
    for shown in message.history[:-1]:
        assert CHINESE.search(shown.text)
        assert "测试" not in shown.text
    discord.wait(lambda: len(gateway.identified_at) > before and gateway.connected, what="IDENTIFY")
    # Everything works as before, and nothing was started twice.
    assert run_id_in(message.text) in discord.answer(discord.command(person, "accuracy")).text
    assert len(discord.requests(rest.PUT_COMMANDS)) == 1


def test_trouble_on_progress_and_on_the_result(discord: LoopbackDiscord, bot: BotProcess, ada: Person) -> None:
    on_the_way: list[FaultKind] = [500, 503, "dropped", 429]
    at_the_end: list[FaultKind] = [503, 429, 500, "dropped"]
    first = [discord.trouble(ANY_EDIT, kind, seconds=0.5, when=_is_progress) for kind in on_the_way]
    last = [discord.trouble(ANY_EDIT, kind, seconds=0.5, when=_is_result) for kind in at_the_end]
    message = train(discord, ada, epochs=SHORT)
    wait_finished(discord, message)
    _assert_result(bot, message)
    assert first[0].happened == 1
    assert [fault.happened for fault in last] == [1, 1, 1, 1]


def test_interaction_token_expires_in_mid_training(discord: LoopbackDiscord, ada: Person) -> None:
    message = train_long(discord, ada)
    wait_running(discord, message)
    discord.world.clock.move(TOKEN_LIFE_S + 60)
    moved = time.monotonic()
    discord.wait(lambda: message.history[-1].at > moved, what="progress")
    discord.press(ada, message, "Cancel")
    wait_final(discord, message, 5)
    assert {shown.via for shown in message.history if shown.at > moved} == {"channel"}


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_clock_that_is_wrong(discord: LoopbackDiscord, ada: Person, minutes: int) -> None:
    """Of the bot's machine: discord.py would take a token for expired, or for one that lasts longer than it does."""
    discord.world.clock.ids_ahead_s = 60.0 * minutes
    try:
        page = discord.answer(discord.command(ada, "explain", step="load"))
        title = page.text
        discord.press(ada, page, "Next")
        discord.wait(lambda: page.text != title, what="the next lesson")
        message = train_long(discord, ada)
        wait_running(discord, message)
        assert message.history[0].via == "webhook"  # which ends "is thinking"
        discord.world.clock.move(TOKEN_LIFE_S + 60)
        moved = time.monotonic()
        discord.wait(lambda: message.history[-1].at > moved, what="progress")
        discord.press(ada, message, "Cancel")
        wait_final(discord, message, 5)
    finally:
        discord.world.clock.ids_ahead_s = 0.0


def test_where_the_bot_may_not_see_the_channel(discord: LoopbackDiscord, ada: Person) -> None:
    """Its own token is refused there; the interaction's serves as long as it lives."""
    discord.channel.bot_may_see = False
    message = train_long(discord, ada)
    wait_running(discord, message)
    discord.press(ada, message, "Cancel")
    wait_final(discord, message, 5)
    assert {shown.via for shown in message.history} == {"webhook"}


def test_a_deleted_message_stops_nobody(discord: LoopbackDiscord, ada: Person) -> None:
    deleted = train_long(discord, ada)
    wait_running(discord, deleted)
    button = deleted.button("Cancel")
    deleted.deleted = True
    second = train_long(discord, ada)
    discord.wait(lambda: any(request.status == 404 for request in discord.requests(rest.EDIT_MESSAGE)))
    discord.press(ada, deleted, button)  # somebody still has it on the screen
    wait_running(discord, second)
    discord.press(ada, second, "Cancel")
    wait_final(discord, second, 5)
