"""The process of the exercises: it answers, is shared, replaced when it dies, and ends when nobody uses it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from bot.errors import PictureProcessError
from bot.exercises import EXERCISES, Exercises, tasks
from bot.settings import Settings
from trainer.errors import DatasetError, RunError
from trainer.language import LANGUAGES
from trainer.runs.folder import Run

if TYPE_CHECKING:
    from tests.bot.conftest import FakeExercises

MOST_MIB = 400  # without TensorFlow; measured: 270
WITHOUT_TENSORFLOW = [step for step in EXERCISES if step not in ("build", "compile")]
Opened = Callable[..., Exercises]


@pytest.fixture
def settings(tmp_path: Path, practice_home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(practice_home / "datasets", tmp_path / "home" / "datasets")
    return Settings(tutor_home=tmp_path / "home", tutor_dataset="practice")


@pytest.fixture
async def opened(settings: Settings) -> AsyncIterator[Opened]:
    exercises: list[Exercises] = []

    def open_one(**options: Any) -> Exercises:
        exercises.append(Exercises(options.pop("settings", settings), **options))
        return exercises[-1]

    (settings.tutor_home / "logs").mkdir(exist_ok=True)
    yield open_one
    for one in exercises:
        await one.close()


def children() -> set[psutil.Process]:
    return {one for one in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(one.cmdline())}


async def new_process(call: Awaitable[Any]) -> psutil.Process:
    before = children()
    await call
    (process,) = children() - before
    return process


def die(*_: Any) -> None:
    """In the process."""
    os._exit(1)


async def test_steps_are_run_elsewhere(opened: Opened, practice_run: Run, exercises: "FakeExercises") -> None:
    one = opened()
    process = await new_process(one.run("load", 0, "en"))
    for step in WITHOUT_TENSORFLOW:
        made = await one.run(step, 3, "zh-CN", practice_run.path)
        assert made.figures.keys() == (await exercises.run(step, 3, "en")).figures.keys()
        assert made.figures["dataset"] == "practice"
        assert made.picture.startswith(b"\x89PNG") != (step == "load")
    question, told = await one.run("explore", 3, "en"), await one.run("explore", 3, "en", revealed=True)
    fake = (await exercises.run("explore", 3, "en", revealed=True)).figures
    assert told.figures.keys() == fake.keys()
    assert question.figures.items() <= told.figures.items()
    assert process.memory_info().rss < MOST_MIB * 2**20


async def test_a_class_presses_at_once(opened: Opened) -> None:
    one = opened()
    same = await asyncio.gather(*(one.run("explore", 1, "en") for _ in range(30)))
    assert len({id(made) for made in same}) == 1
    others = await asyncio.gather(*(one.run("preprocess", seed, "en") for seed in range(5)))
    assert len({made.figures["index"] for made in others}) == 5
    assert await one.run("explore", 1, "zh-CN") is not same[0]


async def test_it_is_replaced_when_it_dies(opened: Opened) -> None:
    one = opened()
    process = await new_process(one.run("explore", 1, "en"))
    process.kill()
    assert (await one.run("explore", 2, "en")).picture


async def test_a_process_that_dies_at_work_is_said(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    one = opened()
    monkeypatch.setattr(tasks, "run", die)
    with pytest.raises(PictureProcessError) as caught:
        await one.run("explore", 1, "en")
    assert "Press the button again" in caught.value.sentence("en")
    assert "再点一次" in caught.value.sentence("zh-CN")
    monkeypatch.undo()
    assert (await one.run("explore", 1, "en")).picture  # an error is not kept


async def test_errors_of_the_trainer_pass(opened: Opened, tmp_path: Path, settings: Settings) -> None:
    elsewhere = settings.model_copy(update={"tutor_dataset": "fashion-mnist", "fashion_mnist_dir": tmp_path})
    one = opened(settings=elsewhere)
    for step in ("load", "explore"):
        with pytest.raises(DatasetError):
            await one.run(step, 0, "en")
    with pytest.raises(RunError):
        await one.run("evaluate", 0, "en", tmp_path)


async def test_what_cannot_be_tried_out_is_refused(opened: Opened) -> None:
    before = children()
    with pytest.raises(ValueError, match="train"):
        await opened().run("train", 0, "en")
    with pytest.raises(ValueError, match="evaluate"):
        await opened().run("evaluate", 0, "en")
    assert children() == before


async def test_it_ends_when_nobody_uses_it_and_starts_again(opened: Opened) -> None:
    one = opened(idle_s=0)
    process = await new_process(one.run("explore", 1, "en"))
    await asyncio.to_thread(process.wait, 60)
    assert (await one.run("explore", 2, "en")).picture


async def test_closing_ends_what_waits(opened: Opened) -> None:
    one = opened()
    process = await new_process(one.run("explore", 0, "en"))
    waiting = [asyncio.create_task(one.run("explore", seed, "en")) for seed in range(1, 9)]
    await asyncio.sleep(0)
    await one.close()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(result) for result in ended} == {PictureProcessError}
    await asyncio.to_thread(process.wait, 30)
    with pytest.raises(PictureProcessError):
        await one.run("explore", 1, "zh-CN")


@pytest.mark.slow
async def test_tensorflow_is_imported_there(opened: Opened, exercises: "FakeExercises") -> None:
    one = opened()
    process = await new_process(one.run("explore", 1, "en"))
    for step in ("build", "compile"):
        for language in LANGUAGES:
            made = await one.run(step, 1, language)
            assert made.figures.keys() == (await exercises.run(step, 1, "en")).figures.keys()
            assert made.picture
    assert process.is_running()
