"""Discord fails now and then; the training ends in its message all the same."""

import json
import time

import pytest

from tests.loopback import BotProcess, LoopbackDiscord, Message, Person, rest
from tests.loopback.classroom import (
    can_cancel,
    first_figure_after_test,
    picture,
    run_id_in,
    train,
    wait_finished,
    wait_running,
)
from tests.loopback.faults import FaultKind
from trainer.runs import find_run_by_id

SHORT = {"epochs": 6}
TOKEN_LIFE_S = 15 * 60


def _assert_result(bot: BotProcess, message: Message) -> None:
    run = find_run_by_id(bot.home, run_id_in(message.text))
    assert first_figure_after_test(message.text) == f"{run.test_accuracy:.4f}"
    assert picture(message).width >= 400
    assert not can_cancel(message)


def _is_result(body: dict[str, object]) -> bool:
    return "Test accuracy" in json.dumps(body)


@pytest.fixture
def ada(discord: LoopbackDiscord) -> Person:
    return discord.person("Ada")


def test_reconnect_and_cut_socket_in_mid_training(discord: LoopbackDiscord, bot: BotProcess, ada: Person) -> None:
    gateway = discord.world.gateway
    message = train(discord, ada, **SHORT)
    for disturb in (discord.ask_to_reconnect, discord.cut_sockets):
        before = len(gateway.resumed_at)
        disturb()
        discord.wait(lambda before=before: len(gateway.resumed_at) > before, what="RESUME")
    wait_finished(discord, message)
    _assert_result(bot, message)


def test_invalid_session_in_mid_training(discord: LoopbackDiscord, bot: BotProcess, ada: Person) -> None:
    gateway, before = discord.world.gateway, len(discord.world.gateway.identified_at)
    message = train(discord, ada, **SHORT)
    wait_running(discord, message)
    discord.invalidate_session()
    wait_finished(discord, message)
    _assert_result(bot, message)
    discord.wait(lambda: len(gateway.identified_at) > before and gateway.connected, what="IDENTIFY")
    # Everything works as before, and nothing was started twice.
    assert discord.answer(discord.command(ada, "accuracy")).text
    assert len(discord.requests(rest.PUT_COMMANDS)) == 1


def test_trouble_on_progress_and_on_the_result(discord: LoopbackDiscord, bot: BotProcess, ada: Person) -> None:
    troubles: list[tuple[FaultKind, float]] = [(429, 0.7), (500, 0), (503, 0), ("dropped", 0), ("slow", 1.5)]
    faults = [discord.trouble(rest.EDIT_MESSAGE, kind, seconds=seconds) for kind, seconds in troubles]
    at_the_end = [
        discord.trouble(rest.EDIT_MESSAGE, kind, seconds=0.5, when=_is_result) for kind in (503, 429, 500, "dropped")
    ]
    message = train(discord, ada, **SHORT)
    wait_finished(discord, message)
    _assert_result(bot, message)
    assert sum(fault.happened for fault in faults) >= 2
    assert [fault.happened for fault in at_the_end] == [1, 1, 1, 1]


def test_interaction_token_expires_in_mid_training(discord: LoopbackDiscord, bot: BotProcess, ada: Person) -> None:
    message = train(discord, ada, **SHORT)
    wait_running(discord, message)
    discord.world.clock.move(TOKEN_LIFE_S + 60)
    moved = time.monotonic()
    wait_finished(discord, message)
    _assert_result(bot, message)
    assert all(shown.via == "channel" for shown in message.history if shown.at > moved)


def test_where_the_bot_may_not_see_the_channel(discord: LoopbackDiscord, bot: BotProcess, ada: Person) -> None:
    """Its own token is refused there; the interaction's serves as long as it lives."""
    discord.channel.bot_may_see = False
    message = train(discord, ada, epochs=1)
    wait_finished(discord, message)
    _assert_result(bot, message)
    assert {shown.via for shown in message.history} == {"webhook"}


def test_a_deleted_message_stops_nobody(discord: LoopbackDiscord, bot: BotProcess, ada: Person) -> None:
    message = train(discord, ada, epochs=1)
    message.deleted = True
    discord.wait(lambda: any(request.status == 404 for request in discord.requests(rest.EDIT_MESSAGE)), 30)
    second = train(discord, ada, epochs=1)
    wait_finished(discord, second)
    _assert_result(bot, second)
