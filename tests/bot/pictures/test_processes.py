"""The picture processes, and what files and accidents can do to them."""

import asyncio
import io
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
import pytest_asyncio
from PIL import Image

from bot.errors import PictureProcessError
from bot.pictures.processes import SEEING, PictureProcess
from bot.pictures.tasks import MEMORY_BYTES, lesson_file
from bot.settings import Settings
from trainer.confidence.nearest import Neighbours
from trainer.errors import PictureError, RunError
from trainer.runs.folder import Run
from trainer.steps.predict import Prediction

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def settings(make_settings: Callable[..., Settings], practice_home: Path) -> Settings:
    settings = make_settings()
    shutil.copytree(practice_home / "datasets", settings.tutor_home / "datasets")
    (settings.tutor_home / "logs").mkdir()
    return settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pictures(settings: Settings) -> AsyncIterator[PictureProcess]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISCORD_TOKEN", "very-secret")
        patch.setenv("PICTURE_TEST", "here")
        pictures = PictureProcess(settings)
        await pictures.start()
        yield pictures
        await pictures.close()


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def dark_square() -> bytes:
    page = np.full((300, 200, 3), 245, np.uint8)
    page[60:240, 50:150] = 30
    return png(page)


def own_processes() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.environ().get("PICTURE_TEST") == "here" and "spawn_main" in " ".join(child.cmdline())
    ]


async def wait_for_all() -> None:
    """Until no process is being replaced."""
    async with asyncio.timeout(10):
        while len(own_processes()) < SEEING + 1:
            await asyncio.sleep(0.05)


async def test_a_picture_is_seen_and_drawn_elsewhere(pictures: PictureProcess) -> None:
    seen = await pictures.see(dark_square())
    assert seen.pixels.shape == (28, 28)
    assert seen.pixels.max() > 100
    near = Neighbours(np.zeros((5, 28, 28), np.uint8), np.zeros(5, np.uint8))
    prediction = Prediction(np.full(10, 0.1, np.float32), 3, 0.1, ("even",), "practice", near)
    strip = await pictures.draw_seen(seen, prediction, "zh-CN")
    assert Image.open(io.BytesIO(strip)).format == "PNG"


async def test_why_is_found_out_without_tensorflow(pictures: PictureProcess, practice_run: Run) -> None:
    seen = await pictures.see(dark_square())
    why, card = await pictures.why(practice_run.path, seen, "zh-CN")
    assert why.prediction.label == why.reasons.label
    assert Image.open(io.BytesIO(card)).width == 1200
    if sys.platform == "linux":
        process = psutil.Process(await pictures._drawing.call(os.getpid))
        assert "tensorflow" not in " ".join(one.path for one in process.memory_maps())
    with pytest.raises(RunError):
        await pictures.why(practice_run.path / "plots", seen, "en")


async def test_a_file_that_is_no_picture_is_a_sentence(pictures: PictureProcess) -> None:
    with pytest.raises(PictureError) as raised:
        await pictures.see(b"no picture")
    assert raised.value.key == "picture_unreadable"
    with pytest.raises(PictureError) as raised:
        await pictures.see(b"")
    assert raised.value.key == "picture_empty"


async def test_the_lesson_pictures_are_drawn_once(pictures: PictureProcess, settings: Settings) -> None:
    first = await pictures.draw_lesson("explore", "en", None)
    kept = lesson_file(settings.tutor_home, "explore", "en", "practice")
    assert kept.read_bytes() == first
    assert Image.open(io.BytesIO(first)).format == "PNG"
    old = kept.with_name("explore.en.practice.000000000000.png")  # of an earlier version of the trainer
    old.write_bytes(b"old")
    kept.write_bytes(b"kept")
    assert await pictures.draw_lesson("explore", "en", None) == b"kept"
    kept.unlink()
    assert await pictures.draw_lesson("explore", "en", None) == first
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


async def test_a_lesson_is_drawn_also_where_nothing_can_be_kept(pictures: PictureProcess, settings: Settings) -> None:
    lessons = settings.tutor_home / "lessons"
    if lessons.exists():
        lessons.rename(settings.tutor_home / "lessons-moved")
    lessons.write_bytes(b"")
    try:
        assert len(await pictures.draw_lesson("load", "zh-CN", None)) > 1000
    finally:
        lessons.unlink()


async def test_a_run_that_is_none_is_a_sentence(pictures: PictureProcess, tmp_path: Path) -> None:
    with pytest.raises(RunError):
        await pictures.draw_lesson("train", "en", tmp_path)


async def test_neither_secrets_nor_heavy_libraries_are_there(pictures: PictureProcess) -> None:
    assert await pictures._seeing.call(os.getenv, "PICTURE_TEST") == "here"
    assert await pictures._seeing.call(os.getenv, "DISCORD_TOKEN") is None
    await pictures.see(dark_square())
    if sys.platform == "linux":
        process = psutil.Process(await pictures._seeing.call(os.getpid))
        mapped = " ".join(one.path for one in process.memory_maps())
        assert "cv2" in mapped
        assert "tensorflow" not in mapped


@pytest.mark.parametrize(
    ("work", "argument"), [(os._exit, 3), (signal.raise_signal, 9), (bytearray, 2 * MEMORY_BYTES), (int, "no number")]
)
async def test_a_task_that_fails_harms_no_other(
    pictures: PictureProcess, work: Callable[..., object], argument
) -> None:
    await wait_for_all()
    before = {process.pid for process in own_processes()}
    with pytest.raises(PictureProcessError) as raised:
        await pictures._seeing.call(work, argument)
    assert raised.value.key == "picture_process_died"
    assert "Traceback" not in raised.value.sentence("en") + raised.value.sentence("zh-CN")
    await wait_for_all()
    ended = before - {process.pid for process in own_processes()}
    assert len(ended) == (0 if work in (bytearray, int) else 1)
    assert await pictures._seeing.call(os.getpid) not in ended


async def test_a_process_that_died_at_rest_is_replaced(pictures: PictureProcess) -> None:
    for rest_s in (0.0, 0.5):
        process = psutil.Process(await pictures._seeing.call(os.getpid))
        process.kill()
        await asyncio.sleep(rest_s)
        answers = await asyncio.gather(*(pictures._seeing.call(os.getpid) for _ in range(3)))
        assert process.pid not in answers


async def test_one_that_dies_in_the_middle_of_a_picture_takes_no_other_with_it(pictures: PictureProcess) -> None:
    await wait_for_all()
    large, processes = png(np.zeros((7000, 7000, 3), np.uint8)), own_processes()
    before = {process.pid: process.memory_info().rss for process in processes}
    dies = asyncio.create_task(pictures.see(large))
    async with asyncio.timeout(3):
        while not (decoding := [one for one in processes if one.memory_info().rss > before[one.pid] + 50e6]):
            await asyncio.sleep(0.005)
    others = [asyncio.create_task(pictures.see(dark_square())) for _ in range(6)]
    decoding[0].kill()
    with pytest.raises(PictureProcessError) as raised:
        await dies
    assert raised.value.key == "picture_process_died"
    assert all(seen.mask is not None for seen in await asyncio.gather(*others))
    assert (await pictures.see(large)).original.shape == (256, 256, 3), "it was the kill, not the picture"


@pytest.mark.parametrize(("limit", "work", "argument"), [("_limit_s", time.sleep, 60), ("_cpu_s", sum, range(10**11))])
async def test_a_picture_that_hangs_delays_nobody(
    pictures: PictureProcess, monkeypatch: pytest.MonkeyPatch, limit: str, work: Callable[..., object], argument
) -> None:
    """Whether it waits for ever or computes for ever."""
    await wait_for_all()
    monkeypatch.setattr(pictures._seeing, limit, 2.0)
    began = time.monotonic()
    hangs = asyncio.create_task(pictures._seeing.call(work, argument))
    await asyncio.sleep(0.05)
    await asyncio.gather(*(pictures.see(dark_square()) for _ in range(10)))
    assert not hangs.done(), "the others were answered meanwhile"
    with pytest.raises(PictureProcessError) as raised:
        await hangs
    assert raised.value.key == "picture_timeout"
    assert time.monotonic() - began < 10


async def test_what_hangs_is_ended_and_nobody_waits_for_a_lesson(
    pictures: PictureProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures._drawing, "_limit_s", 1.0)
    hangs = asyncio.create_task(pictures._drawing.call(time.sleep, 60))
    await asyncio.sleep(0.1)
    await pictures._seeing.call(os.getpid)  # a process that was just replaced may take a moment
    began = time.monotonic()
    await pictures.see(dark_square())
    print(f"seen in {time.monotonic() - began:.2f} s")
    with pytest.raises(PictureProcessError) as raised:
        await hangs
    assert raised.value.key == "drawing_failed"
    assert isinstance(await pictures._drawing.call(os.getpid), int)


async def test_one_who_goes_away_ends_nothing_but_his_own(pictures: PictureProcess) -> None:
    impatient = asyncio.create_task(pictures._seeing.call(time.sleep, 60))
    await asyncio.sleep(0.1)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert isinstance(await pictures._seeing.call(os.getpid), int)


async def test_closing_ends_the_processes_and_who_waits_for_them(pictures: PictureProcess) -> None:
    """The last one of the module."""
    processes = own_processes()
    assert len(processes) == SEEING + 1
    waits = asyncio.create_task(pictures._seeing.call(time.sleep, 60))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await pictures.close()
    assert time.monotonic() - began < 3
    for ended in (waits, pictures.see(dark_square())):
        with pytest.raises(PictureProcessError):
            await ended
    assert not [process for process in processes if process.is_running()]
