"""The end of a worker, of the bot, and of its power supply in the middle of a training."""

import re
import time

from tests.loopback import BotProcess, LoopbackDiscord, Message
from tests.loopback.classroom import (
    CHINESE,
    can_cancel,
    first_figure_after_test,
    picture,
    run_id_in,
    train,
    wait_final,
    wait_finished,
    wait_running,
)
from trainer.runs import find_run_by_id, list_runs

EXIT_S = 10.0
LONG = {"epochs": 50, "batch_size": 8}


def _assert_interrupted(message: Message) -> None:
    assert not can_cancel(message)
    assert not re.search(r"Test accuracy|测试准确率|(epoch|第) \d+/\d+", message.text)
    assert re.search(r"[Ii]nterrupted|中断", message.text), message.text


def _worker_of(bot: BotProcess, discord: LoopbackDiscord) -> int:
    discord.wait(bot.workers, 30, "a worker with TensorFlow")
    return bot.workers()[0].pid


def test_worker_dies_then_the_power_fails(own_discord: LoopbackDiscord, start_bot) -> None:
    """A killed worker ends one training, a killed bot another; everything else goes on, also after the restart."""
    discord = own_discord
    ada, lin = discord.person("Ada"), discord.person("小林", "zh-CN")
    bot = start_bot()
    bot.wait_for_commands()
    synced = len(discord.requests("PUT /applications/{application_id}/commands"))
    assert synced == 1

    # A worker is killed: its training says so, the one that waits behind it is trained by another.
    killed, waiting = train(discord, ada, **LONG), train(discord, lin, epochs=2)
    wait_running(discord, killed)
    worker = next(child for child in bot.family() if child.pid == _worker_of(bot, discord))
    worker.kill()
    wait_final(discord, killed, 10)
    assert "died" in killed.text
    assert "/train" in killed.text
    wait_finished(discord, waiting)
    run = find_run_by_id(bot.home, run_id_in(waiting.text))
    assert first_figure_after_test(waiting.text) == f"{run.test_accuracy:.4f}"
    assert f"测试准确率：{run.test_accuracy:.4f}" in waiting.text.replace("*", "")
    assert picture(waiting)

    # The power fails.
    broken, queued = train(discord, ada, **LONG), train(discord, lin, **LONG)
    lesson = discord.answer(discord.command(ada, "explain", step="load"))
    assert lesson.buttons, lesson.text
    wait_running(discord, broken)
    bot.kill()
    assert bot.wait_for_family_to_end(5) == [], "processes outlived their bot"

    # The bot is started again.
    discord.world.gateway.forget_sessions()
    again = start_bot()
    again.wait_for_commands()
    for message in (broken, queued):
        wait_final(discord, message, 10)
        _assert_interrupted(message)
    assert CHINESE.search(queued.text)
    assert [found.path.name for found in list_runs(again.home)] == [run.path.name]
    assert run.path.name in discord.answer(discord.command(lin, "accuracy")).text

    # Buttons of old messages still work, and the commands were not registered a second time.
    discord.press(ada, lesson, "Next")
    discord.wait(lambda: len(lesson.history) == 2)
    report = discord.answer(discord.press(ada, waiting, "准确率"))
    assert f"{run.test_accuracy:.4f}" in report.text
    assert len(discord.requests("PUT /applications/{application_id}/commands")) == synced


def test_sigterm_in_mid_training(own_discord: LoopbackDiscord, start_bot) -> None:
    discord = own_discord
    bot = start_bot()
    bot.wait_for_commands()
    first = train(discord, discord.person("Ada"), **LONG)
    second = train(discord, discord.person("小林", "zh-CN"), **LONG)
    wait_running(discord, first)
    began = time.monotonic()
    assert bot.terminate(EXIT_S) == 0
    assert time.monotonic() - began < EXIT_S
    assert bot.wait_for_family_to_end(1) == []
    for message in (first, second):
        _assert_interrupted(message)
    assert list(bot.home.glob("runs/*")) == []
    assert "Traceback" not in bot.stderr.read_text("utf-8")
