"""The processes that read and draw pictures: a damaged file can hang or kill one of them, and affects nothing else.

Two processes read uploads and classify them: while a damaged file keeps one busy until its time limit, the other one
serves all others. A third draws lessons, plots and reasons, so that /predict never waits for them. None imports
TensorFlow; the bot's own process imports neither OpenCV, nor matplotlib, nor LiteRT, nor numpy.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as PoolTimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, Final

from pebble import CONSTS, ProcessExpired, ProcessPool

from bot.errors import PictureProcessError
from bot.pictures import sandbox, tasks
from bot.pictures.answers import Classified, Reasons
from bot.settings import Settings, for_trainer
from trainer.language import Language

READING: Final = 2  # processes
# Answering a phone's picture takes 0.3 s, the largest picture allowed 2 s (a WebP without its end 3 s), loading a
# run 0.2 s more.
READ_CPU_S: Final = 5.0  # computing time only, so that no picture is refused because the machine is busy
READ_S: Final = 15.0  # for a process that waits
DRAW_S: Final = 60.0  # the first lesson may have to load, or even download, the data set
CLOSE_S: Final = 3.0
CONSTS.term_timeout = 1.0  # pebble sends SIGTERM to a process that hangs, and SIGKILL a second later
_log = logging.getLogger(__name__)


class Pictures:
    """Everything that is computed from pictures or drawn.

    Every method raises PictureProcessError when its process hung or died; the process is replaced.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        begin = (os.getpid(), settings.tutor_home / "logs" / "pictures.log", settings.tutor_home)
        # Niceness: between the bot (0) and a training (10).
        reading, drawing = (*begin, 2, tasks.warm_up_reading), (*begin, 7, tasks.warm_up_drawing)
        limits = (READ_S, READ_CPU_S)
        self._reading = _Processes(READING, reading, limits, died="picture_process_died", late="picture_timeout")
        self._drawing = _Processes(1, drawing, (DRAW_S, DRAW_S), died="drawing_failed", late="drawing_failed")

    async def start(self) -> None:
        """Start the processes, so that the first call does not wait for it. May run in the background."""
        with suppress(PictureProcessError):  # logged; the first picture tries again
            await self._reading.call(os.getpid)
            await self._drawing.call(os.getpid)

    async def classify(
        self, run: Path, picture: bytes | Path, language: Language, without: tuple[str, ...] = ()
    ) -> Classified:
        """The answer of the run in folder `run` to an uploaded file, which is kept, or to a kept upload.

        without: the stages to leave out. Raises PictureError for a file that cannot be classified, ClassroomError
        `picture_gone` for an upload that is no longer kept, RunError for a run that cannot be read.
        """
        uploads = uploads_folder(self._settings.tutor_home)
        return await self._reading.call(tasks.classify, run, picture, language, without, uploads)

    async def why(self, run: Path, upload: Path, without: tuple[str, ...], language: Language) -> Reasons:
        """Why a run answers as it does to a kept upload; RunError, ClassroomError `picture_gone`."""
        return await self._drawing.call(tasks.why, run, upload, without, language)

    async def draw_lesson(self, step: str, language: Language, run: Path | None) -> bytes:
        """The PNG of a lesson, computed from the data set and, if given, from a run; DatasetError, RunError."""
        return await self._drawing.call(tasks.draw_lesson, step, language, run, for_trainer(self._settings))

    async def draw_run_plot(self, run: Path, name: tasks.PlotName, language: Language) -> bytes:
        """The PNG of a run's learning curves or confusion matrix, drawn and kept at the first request; RunError."""
        file = run / "plots" / f"{name}.{language}.png"  # as the trainer names it
        if await asyncio.to_thread(file.is_file):
            return await asyncio.to_thread(file.read_bytes)
        return await self._drawing.call(tasks.draw_run_plot, run, name, language, file)

    async def close(self) -> None:
        """End the processes."""
        await asyncio.gather(self._reading.close(), self._drawing.close())


def uploads_folder(home: Path) -> Path:
    """The folder of the kept uploads; their names are `<upload id>.<run id>.npz`."""
    return home / "uploads"


class _Processes:
    """Processes of one kind; each executes one call at a time."""

    def __init__(
        self, count: int, begin: tuple[Any, ...], limits: tuple[float, float], *, died: str, late: str
    ) -> None:
        """begin: the arguments of sandbox.begin; limits: seconds, and seconds of computing, for one call.

        died, late: the keys of the errors.
        """
        self._count, self._begin = count, begin
        (self._limit_s, self._cpu_s), self._died, self._late = limits, died, late
        self._pool: ProcessPool | None = None
        self._calls: set[asyncio.Future[Any]] = set()
        self._closed = False

    async def call(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Call `work` in a process. Raises its TutorError, or PictureProcessError if the process hangs or dies."""
        for _attempt in (1, 2):
            if self._closed:
                break
            pool = self._pool = self._pool or self._new_pool()
            try:
                return await self._schedule(pool, work, arguments)
            except (PoolTimeoutError, TimeoutError):
                _log.warning("%s took longer than %s s", work.__name__, self._limit_s)
                raise PictureProcessError(self._late) from None
            except (ProcessExpired, MemoryError, sandbox.UnforeseenError) as error:
                late = isinstance(error, ProcessExpired) and _computed_too_long(error)
                _log.warning("%s %s: %s", work.__name__, "computed too long" if late else "failed", error)
                raise PictureProcessError(self._late if late else self._died) from None
            except (BrokenProcessPool, RuntimeError) as error:  # the process had died while it was idle
                _log.warning("a picture process has died: %s", error)
                await self._drop(pool)
        raise PictureProcessError(self._died)

    async def close(self) -> None:
        """End the processes, within CLOSE_S."""
        self._closed = True
        for call in self._calls:  # pebble would leave them unresolved
            call.cancel()
        await self._drop(self._pool)

    def _new_pool(self) -> ProcessPool:
        context: Any = multiprocessing.get_context("spawn")
        pool = ProcessPool(max_workers=self._count, context=context, initializer=sandbox.begin, initargs=self._begin)
        with _interrupt_blocked():
            assert pool.active  # noqa: S101 reading it starts the pool
        return pool

    async def _schedule(self, pool: ProcessPool, work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        # The time limit does not count while the call waits for a process.
        future = pool.schedule(sandbox.guarded, args=[self._cpu_s, work, *arguments], timeout=self._limit_s)
        call = asyncio.wrap_future(future)
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        try:
            return await call
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closed and not (task and task.cancelling()):
                raise PictureProcessError(self._died) from None
            raise

    async def _drop(self, pool: ProcessPool | None) -> None:
        if pool is None or self._pool is not pool:
            return  # another call does it: a second join would close file descriptors that are in use again by then
        self._pool = None
        pool.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await asyncio.to_thread(pool.join)


def _computed_too_long(error: ProcessExpired) -> bool:
    return sys.platform != "win32" and hasattr(signal, "SIGPROF") and error.exitcode == -signal.SIGPROF


@contextmanager
def _interrupt_blocked() -> Iterator[None]:
    """Processes and threads started meanwhile inherit that SIGINT is blocked; Windows has no such mask.

    Ctrl-C reaches the whole process group and would kill a process that is just starting.
    """
    if sys.platform == "win32" or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it unblocks SIGINT, so it is started before
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
