"""The picture processes, and what files and accidents can do to them."""

import asyncio
import io
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import pytest_asyncio
from PIL import Image

from bot.errors import ClassroomError, PictureProcessError
from bot.pictures.processes import READING, Pictures, uploads_folder
from bot.pictures.sandbox import MEMORY_BYTES
from bot.pictures.tasks import PlotName
from bot.settings import Settings
from trainer.errors import PictureError, RunError
from trainer.runs.folder import Run

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, practice_home: Path) -> Settings:
    home = tmp_path_factory.mktemp("home")
    settings = Settings(_env_file=None, tutor_home=home, tutor_dataset="practice")  # pyright: ignore[reportCallIssue]
    shutil.copytree(practice_home / "datasets", settings.tutor_home / "datasets")
    (settings.tutor_home / "logs").mkdir()
    return settings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pictures(settings: Settings) -> AsyncIterator[Pictures]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISCORD_TOKEN", "very-secret")
        patch.setenv("PICTURE_TEST", "here")
        pictures = Pictures(settings)
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
    return [child for child in psutil.Process().children() if is_own(child)]


def is_own(child: psutil.Process) -> bool:
    """Whether it is a picture process of this test; not one that is ending at this moment."""
    try:
        return child.environ().get("PICTURE_TEST") == "here" and "spawn_main" in " ".join(child.cmdline())
    except psutil.NoSuchProcess:  # also a zombie
        return False


async def wait_for_all() -> None:
    """Until no process is being replaced."""
    async with asyncio.timeout(60):
        while len(own_processes()) < READING + 1:
            await asyncio.sleep(0.05)


async def test_a_picture_is_classified_elsewhere(pictures: Pictures, practice_run: Run, settings: Settings) -> None:
    found = await pictures.classify(practice_run.path, dark_square(), "zh-CN")
    assert len(found.pixels) == 784
    assert max(found.pixels) > 100
    assert found.confidence == max(found.probabilities) == found.probabilities[found.label]
    assert sum(found.probabilities) == pytest.approx(1, abs=1e-5)
    assert found.whole == (found.label, found.confidence)
    assert "inverted" in found.operations
    assert found.stages == ("cutting-out", "inverting")
    assert len(found.nearest) == 5
    assert Image.open(io.BytesIO(found.strip)).format == "PNG"
    kept = uploads_folder(settings.tutor_home) / f"{found.upload}.{practice_run.path.name}.npz"
    fewer = await pictures.classify(practice_run.path, kept, "en", ("inverting",))
    assert fewer.whole == (found.label, found.confidence)
    assert fewer.pixels == bytes(255 - pixel for pixel in found.pixels)
    assert (fewer.stages, fewer.upload) == (("cutting-out",), None)
    for result in (found, fewer):
        assert_plain(result)


def assert_plain(result: Any) -> None:
    """Only values that the bot's process can unpickle without numpy."""
    script = "import pickle, sys; pickle.load(sys.stdin.buffer); print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], input=pickle.dumps(result), capture_output=True, check=True)
    assert done.stdout.split() == [b"False"]


async def test_why_is_found_out_without_tensorflow(pictures: Pictures, practice_run: Run, settings: Settings) -> None:
    found = await pictures.classify(practice_run.path, dark_square(), "en")
    kept = uploads_folder(settings.tutor_home) / f"{found.upload}.{practice_run.path.name}.npz"
    why = await pictures.why(practice_run.path, kept, (), "zh-CN")
    assert (why.label, why.confidence) == (found.label, found.confidence)
    assert len(why.units) == 5
    assert_plain(why)
    assert Image.open(io.BytesIO(why.card)).width == 1200
    if sys.platform == "linux":
        process = psutil.Process(await pictures._drawing.call(os.getpid))
        assert "tensorflow" not in " ".join(one.path for one in process.memory_maps())
    with pytest.raises(RunError):
        await pictures.why(practice_run.path / "plots", kept, (), "en")
    gone = kept.with_name("gone.npz")
    for answer in (pictures.why(practice_run.path, gone, (), "en"), pictures.classify(practice_run.path, gone, "en")):
        with pytest.raises(ClassroomError) as raised:
            await answer
        assert raised.value.key == "picture_gone"


async def test_a_file_that_is_no_picture_is_a_sentence(pictures: Pictures, practice_run: Run) -> None:
    with pytest.raises(PictureError) as raised:
        await pictures.classify(practice_run.path, b"no picture", "en")
    assert raised.value.key == "picture_unreadable"
    with pytest.raises(PictureError) as raised:
        await pictures.classify(practice_run.path, b"", "en")
    assert raised.value.key == "picture_empty"


async def test_a_lesson_is_drawn_from_the_data_set(pictures: Pictures) -> None:
    first = await pictures.draw_lesson("explore", "en", None)
    assert Image.open(io.BytesIO(first)).format == "PNG"
    assert await pictures.draw_lesson("explore", "en", None) == first
    assert await pictures.draw_lesson("explore", "zh-CN", None) != first


@pytest.mark.parametrize("name", ["curves", "confusion"])
async def test_a_plot_of_a_run_is_drawn_once(
    pictures: Pictures, practice_run: Run, tmp_path: Path, name: PlotName
) -> None:
    run = tmp_path / practice_run.path.name
    shutil.copytree(practice_run.path, run, ignore=shutil.ignore_patterns("plots"))
    drawn = await pictures.draw_run_plot(run, name, "zh-CN")
    assert Image.open(io.BytesIO(drawn)).format == "PNG"
    assert drawn == (practice_run.path / "plots" / f"{name}.zh-CN.png").read_bytes(), "as the trainer draws it"
    (kept,) = (run / "plots").iterdir()
    assert (kept.name, kept.read_bytes()) == (f"{name}.zh-CN.png", drawn)
    kept.write_bytes(b"kept")
    assert await pictures.draw_run_plot(run, name, "zh-CN") == b"kept"
    assert await pictures.draw_run_plot(run, name, "en") != drawn


async def test_a_plot_that_cannot_be_kept_is_drawn_all_the_same(
    pictures: Pictures, practice_run: Run, tmp_path: Path
) -> None:
    run = tmp_path / practice_run.path.name
    shutil.copytree(practice_run.path, run, ignore=shutil.ignore_patterns("plots"))
    (run / "plots").write_text("in the way")
    assert len(await pictures.draw_run_plot(run, "confusion", "en")) > 1000
    (run / "history.csv").unlink()
    with pytest.raises(RunError):
        await pictures.draw_run_plot(run, "curves", "en")


async def test_a_run_that_is_none_is_a_sentence(pictures: Pictures, tmp_path: Path) -> None:
    with pytest.raises(RunError):
        await pictures.draw_lesson("train", "en", tmp_path)


async def test_neither_secrets_nor_heavy_libraries_are_there(pictures: Pictures, practice_run: Run) -> None:
    assert await pictures._reading.call(os.getenv, "PICTURE_TEST") == "here"
    assert await pictures._reading.call(os.getenv, "DISCORD_TOKEN") is None
    await pictures.classify(practice_run.path, dark_square(), "en")
    if sys.platform == "linux":
        process = psutil.Process(await pictures._reading.call(os.getpid))
        mapped = " ".join(one.path for one in process.memory_maps())
        assert "cv2" in mapped
        assert "tensorflow" not in mapped


@pytest.mark.parametrize(
    ("work", "argument"), [(os._exit, 3), (signal.raise_signal, 9), (bytearray, 2 * MEMORY_BYTES), (int, "no number")]
)
async def test_a_task_that_fails_harms_no_other(pictures: Pictures, work: Callable[..., object], argument) -> None:
    await wait_for_all()
    before = {process.pid for process in own_processes()}
    with pytest.raises(PictureProcessError) as raised:
        await pictures._reading.call(work, argument)
    assert raised.value.key == "picture_process_died"
    assert "Traceback" not in raised.value.sentence("en") + raised.value.sentence("zh-CN")
    await wait_for_all()
    ended = before - {process.pid for process in own_processes()}
    assert len(ended) == (0 if work in (bytearray, int) else 1)
    assert await pictures._reading.call(os.getpid) not in ended


async def test_a_process_that_died_at_rest_is_replaced(pictures: Pictures) -> None:
    for rest_s in (0.0, 0.5):
        process = psutil.Process(await pictures._reading.call(os.getpid))
        process.kill()
        await asyncio.sleep(rest_s)
        answers = await asyncio.gather(*(pictures._reading.call(os.getpid) for _ in range(3)))
        assert process.pid not in answers


async def test_one_that_dies_in_the_middle_of_a_picture_takes_no_other_with_it(
    pictures: Pictures, practice_run: Run
) -> None:
    await wait_for_all()
    large, processes = png(np.zeros((7000, 7000, 3), np.uint8)), own_processes()
    before = {process.pid: process.memory_info().rss for process in processes}
    dies = asyncio.create_task(pictures.classify(practice_run.path, large, "en"))
    async with asyncio.timeout(30):
        while not (decoding := [one for one in processes if one.memory_info().rss > before[one.pid] + 50e6]):
            await asyncio.sleep(0.005)
    others = [asyncio.create_task(pictures.classify(practice_run.path, dark_square(), "en")) for _ in range(6)]
    decoding[0].kill()
    with pytest.raises(PictureProcessError) as raised:
        await dies
    assert raised.value.key == "picture_process_died"
    assert all("cutting-out" in found.stages for found in await asyncio.gather(*others))
    assert await pictures.classify(practice_run.path, large, "en"), "it was the kill, not the picture"


@pytest.mark.parametrize(("limit", "work", "argument"), [("_limit_s", time.sleep, 60), ("_cpu_s", sum, range(10**11))])
async def test_a_picture_that_hangs_delays_nobody(
    pictures: Pictures,
    practice_run: Run,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    work: Callable[..., object],
    argument,
) -> None:
    """Whether it waits for ever or computes for ever."""
    await wait_for_all()
    monkeypatch.setattr(pictures._reading, limit, 60.0)
    hangs = asyncio.create_task(pictures._reading.call(work, argument))
    await asyncio.sleep(0.05)
    await asyncio.gather(*(pictures.classify(practice_run.path, dark_square(), "en") for _ in range(5)))
    assert not hangs.done(), "the others were answered meanwhile"
    hangs.cancel()
    monkeypatch.setattr(pictures._reading, limit, 1.0)
    began = time.monotonic()
    with pytest.raises(PictureProcessError) as raised:
        await pictures._reading.call(work, argument)
    assert raised.value.key == "picture_timeout"
    assert time.monotonic() - began < 10


async def test_what_hangs_is_ended_and_nobody_waits_for_a_lesson(
    pictures: Pictures, practice_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures._drawing, "_limit_s", 1.0)
    hangs = asyncio.create_task(pictures._drawing.call(time.sleep, 60))
    await asyncio.sleep(0.1)
    await pictures._reading.call(os.getpid)  # a process that was just replaced may take a moment
    began = time.monotonic()
    await pictures.classify(practice_run.path, dark_square(), "en")
    print(f"seen in {time.monotonic() - began:.2f} s")
    with pytest.raises(PictureProcessError) as raised:
        await hangs
    assert raised.value.key == "drawing_failed"
    assert isinstance(await pictures._drawing.call(os.getpid), int)


async def test_one_who_goes_away_ends_nothing_but_his_own(pictures: Pictures) -> None:
    impatient = asyncio.create_task(pictures._reading.call(time.sleep, 60))
    await asyncio.sleep(0.1)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert isinstance(await pictures._reading.call(os.getpid), int)


async def test_closing_ends_the_processes_and_who_waits_for_them(pictures: Pictures, practice_run: Run) -> None:
    """The last one of the module."""
    processes = own_processes()
    assert len(processes) == READING + 1
    waits = asyncio.create_task(pictures._reading.call(time.sleep, 60))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await pictures.close()
    assert time.monotonic() - began < 8  # the call would take 60 s; the bot has ten to end
    for ended in (waits, pictures.classify(practice_run.path, dark_square(), "en")):
        with pytest.raises(PictureProcessError):
            await ended
    assert not [process for process in processes if process.is_running()]
