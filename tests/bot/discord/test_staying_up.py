"""The end of a worker, of the bot, and of its power supply in the middle of a training."""

import io
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.loopback import ApiDescription, BotProcess, LoopbackDiscord, Message, Person, Upload, rest
from tests.loopback.classroom import (
    CHINESE,
    assert_no_secrets,
    assert_well_behaved,
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
from trainer.runs.folder import Run, find_run_by_id, list_runs

EXIT_S = 10.0


class Site:
    """A home at a Discord, and whichever bot runs there now."""

    def __init__(self, discord: LoopbackDiscord, folder: Path) -> None:
        self.discord = discord
        self.home = folder / "home"
        self._folder = folder
        self.bots: list[BotProcess] = []

    @property
    def bot(self) -> BotProcess:
        """The bot, started again if the last one is gone."""
        if not self.bots or not self.bots[-1].alive:
            self.discord.world.gateway.forget_sessions()
            self.bots.append(BotProcess(self.discord, self._folder / str(len(self.bots)), self.home))
            self.bots[-1].start()
            self.bots[-1].wait_for_commands()
        return self.bots[-1]


@pytest.fixture(scope="module")
def site(home_with_data: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with LoopbackDiscord(api=ApiDescription.from_environment()) as discord:
        site = Site(discord, tmp_path_factory.mktemp("site"))
        home_with_data(site.home)
        yield site
        for bot in site.bots:
            bot.clear_away()
        for bot in site.bots:
            assert_no_secrets(discord, bot)


@pytest.fixture
def discord(site: Site) -> Iterator[LoopbackDiscord]:
    assert site.bot.alive
    yield site.discord
    assert_well_behaved(site.discord)


@pytest.fixture
def ada(discord: LoopbackDiscord) -> Person:
    return discord.person("Ada")


@pytest.fixture
def lin(discord: LoopbackDiscord) -> Person:
    return discord.person("小林", "zh-CN")


def _assert_result(site: Site, message: Message) -> Run:
    run = find_run_by_id(site.home, run_id_in(message.text))
    assert first_figure_after_test(message.text) == f"{run.test_accuracy:.4f}"
    assert picture(message)
    return run


def _assert_interrupted(message: Message) -> None:
    assert not can_cancel(message)
    assert not re.search(r"Test accuracy|测试准确率|(epoch|第) \d+/\d+", message.text)
    assert re.search(r"[Ii]nterrupted|中断", message.text), message.text


def _dark_shape_on_white() -> Upload:
    page = Image.new("RGB", (200, 300), "white")
    page.paste((30, 30, 60), (70, 60, 130, 250))
    page.paste((30, 30, 60), (40, 60, 160, 110))
    stream = io.BytesIO()
    page.save(stream, "PNG")
    return Upload("shape.png", stream.getvalue())


@pytest.mark.slow
def test_a_worker_dies_and_the_queue_goes_on(site: Site, discord: LoopbackDiscord, ada: Person, lin: Person) -> None:
    killed, waiting = train_long(discord, ada), train(discord, lin, epochs=2)
    wait_running(discord, killed)
    site.bot.workers()[0].kill()
    wait_final(discord, killed, 10)
    assert "ended unexpectedly" in killed.text
    assert "/train" in killed.text
    wait_finished(discord, waiting)
    _assert_result(site, waiting)


@pytest.mark.slow
def test_the_power_fails(site: Site, discord: LoopbackDiscord, ada: Person, lin: Person) -> None:
    """The bot is killed and started again."""
    done = train(discord, lin, epochs=1)
    wait_finished(discord, done)
    run = _assert_result(site, done)
    lesson = discord.answer(discord.command(ada, "explain", step="load"))
    predicted = discord.answer(discord.command(ada, "predict", image=_dark_shape_on_white()))
    runs, synced = [found.id for found in list_runs(site.home)], len(discord.requests(rest.PUT_COMMANDS))
    broken, queued = train_long(discord, ada), train_long(discord, lin)
    wait_running(discord, broken)
    killed = site.bot
    killed.kill()
    assert killed.wait_for_family_to_end(5) == [], "processes outlived their bot"

    assert site.bot is not killed
    for message in (broken, queued):
        wait_final(discord, message, 10)
        _assert_interrupted(message)
    assert CHINESE.search(queued.text)
    assert [found.id for found in list_runs(site.home)] == runs
    assert run.id in discord.answer(discord.command(lin, "accuracy")).text

    # Buttons of old messages still work, and the commands were not registered a second time.
    discord.press(ada, lesson, "Next")
    discord.wait(lambda: len(lesson.history) == 2)
    report = discord.answer(discord.press(ada, done, "准确率"))
    assert f"{run.test_accuracy:.4f}" in report.text
    assert len(predicted.buttons) == 3
    for button in predicted.buttons:
        answer = discord.answer(discord.press(lin, predicted, button))
        assert run.id in answer.text
        assert CHINESE.search(answer.text)
    assert len(discord.requests(rest.PUT_COMMANDS)) == synced


def test_sigterm(site: Site, discord: LoopbackDiscord, ada: Person, lin: Person) -> None:
    first, second = train_long(discord, ada), train_long(discord, lin)
    wait_running(discord, first)
    runs, bot = list((site.home / "runs").iterdir()), site.bot
    began = time.monotonic()
    assert bot.terminate(EXIT_S) == 0
    assert time.monotonic() - began < EXIT_S
    assert bot.wait_for_family_to_end(1) == []
    for message in (first, second):
        _assert_interrupted(message)
    assert list((site.home / "runs").iterdir()) == runs
    assert "Traceback" not in bot.stderr.read_text("utf-8")
