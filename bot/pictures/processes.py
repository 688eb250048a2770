"""Pictures are read and drawn in processes of their own: strange files may hang or kill one, and nobody else notices.

Two processes see uploaded pictures: while a strange file keeps one of them busy, until its time is over, the other one
serves everybody else. A third draws lessons and reasons, so that /predict never waits for them. None imports
TensorFlow; the bot's own process imports neither OpenCV nor matplotlib.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import TimeoutError as PoolTimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pebble import CONSTS, ProcessExpired, ProcessPool

from bot.errors import PictureProcessError
from bot.pictures import tasks as picture_tasks
from bot.pictures.tasks import UnforeseenError, lesson_file
from bot.settings import Settings, for_trainer
from trainer.language import Language

if TYPE_CHECKING:
    from trainer.attribution.why import Why
    from trainer.photo.seen import Seen
    from trainer.steps.predict import Prediction

SEEING: Final = 2
# A phone's picture takes 0.05 s, the largest that is allowed 2 s. What counts is the time it computes, so that a
# good picture is not called too slow on a busy machine. The other limit is for what waits for ever.
SEE_CPU_S: Final = 4.0
SEE_S: Final = 15.0
DRAW_S: Final = 60.0  # the first lesson picture may have to load, or even download, the data set
CLOSE_S: Final = 3.0
CONSTS.term_timeout = 1.0  # a process that hangs is asked to end, and killed a second later
_log = logging.getLogger(__name__)


class PictureProcess:
    """The processes that see and the one that draws; each is replaced when it has died."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        begin = (settings.tutor_home / "logs" / "pictures.log", settings.tutor_home)
        # All give way to the bot, and go before a training (10).
        seeing, drawing = (*begin, 2, picture_tasks.warm_up_seeing), (*begin, 7, picture_tasks.warm_up_drawing)
        limits = (SEE_S, SEE_CPU_S)
        self._seeing = _Processes(SEEING, seeing, limits, died="picture_process_died", late="picture_timeout")
        self._drawing = _Processes(1, drawing, (DRAW_S, DRAW_S), died="drawing_failed", late="drawing_failed")

    async def start(self) -> None:
        """Start the processes, so that the first pictures are quick. May run in the background."""
        with suppress(PictureProcessError):  # logged; the first picture tries again
            await self._seeing.call(os.getpid)
            await self._drawing.call(os.getpid)

    async def see(self, data: bytes) -> "Seen":
        """An uploaded file brought to the data set's style; PictureError says what is wrong with it."""
        return await self._seeing.call(picture_tasks.see, data)

    async def draw_seen(self, seen: "Seen", prediction: "Prediction", language: Language) -> bytes:
        """The PNG of what the network saw and said. Raises PictureError."""
        return await self._seeing.call(picture_tasks.draw_seen, seen, prediction, language)

    async def why(self, run: Path, seen: "Seen", language: Language) -> "tuple[Why, bytes]":
        """Why the run in that folder answers as it does, and the PNG of it. Raises PictureError and RunError."""
        return await self._drawing.call(picture_tasks.why, run, seen, language)

    async def draw_lesson(self, step: str, language: Language, run: Path | None) -> bytes:
        """The PNG that belongs to a lesson, computed from the data set and, if given, from a run's folder.

        Raises PictureError, or DatasetError and RunError for what it is drawn from.
        """
        if run is None and (kept := await asyncio.to_thread(self._kept, step, language)):
            return kept
        return await self._drawing.call(picture_tasks.draw_lesson, step, language, run, for_trainer(self._settings))

    async def close(self) -> None:
        """End the processes."""
        await asyncio.gather(self._seeing.close(), self._drawing.close())

    def _kept(self, step: str, language: Language) -> bytes | None:
        """The picture of a lesson without a run, if it was drawn before from what would be drawn from now."""
        from trainer.data.fashion_mnist import dataset_ready

        dataset = self._settings.tutor_dataset
        if dataset == "auto":
            if not dataset_ready(self._settings):
                return None  # which one it will be is known when it was tried
            dataset = "fashion-mnist"
        try:
            return lesson_file(self._settings.tutor_home, step, language, dataset).read_bytes()
        except OSError:
            return None


class _Processes:
    """Processes of one kind, each of which does one thing after the other."""

    def __init__(
        self,
        count: int,
        begin: tuple[Path, Path, int, Callable[[], None]],
        limits: tuple[float, float],
        *,
        died: str,
        late: str,
    ) -> None:
        """begin: the arguments of picture_tasks.begin; limits: seconds, and seconds of computing, that one call may
        take; died, late: keys of the sentences for the two faults.
        """
        self._count, self._begin = count, begin
        (self._limit_s, self._cpu_s), self._died, self._late = limits, died, late
        self._pool: ProcessPool | None = None
        self._calls: set[asyncio.Future[Any]] = set()
        self._closed = False

    async def call(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run `work` there. Raises what it says (TutorError), and PictureProcessError if it hangs or dies."""
        for _attempt in (1, 2):
            if self._closed:
                break
            pool = self._pool = self._pool or self._new_pool()
            try:
                return await self._ask(pool, work, arguments)
            except (PoolTimeoutError, TimeoutError):
                _log.warning("%s took longer than %s s", work.__name__, self._limit_s)
                raise PictureProcessError(self._late) from None
            except (ProcessExpired, MemoryError, UnforeseenError) as error:
                late = isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGPROF
                _log.warning("%s %s: %s", work.__name__, "computed too long" if late else "failed", error)
                raise PictureProcessError(self._late if late else self._died) from None
            except (BrokenProcessPool, RuntimeError) as error:  # it had died before, while it did nothing
                _log.warning("a picture process is gone: %s", error)
                await self._drop(pool)
        raise PictureProcessError(self._died)

    async def close(self) -> None:
        """End the processes, within CLOSE_S."""
        self._closed = True
        for call in self._calls:  # pebble forgets them
            call.cancel()
        await self._drop(self._pool)

    def _new_pool(self) -> ProcessPool:
        context: Any = multiprocessing.get_context("spawn")
        pool = ProcessPool(
            max_workers=self._count, context=context, initializer=picture_tasks.begin, initargs=self._begin
        )
        # Ctrl-C goes to the whole group and would kill a process that is just starting. What is started while the
        # signal is blocked never gets it, nor does what pebble's threads start later. (The tracker would unblock it.)
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            assert pool.active  # noqa: S101 asking starts it
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return pool

    async def _ask(self, pool: ProcessPool, work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        # The limit counts from the moment the process takes the task up, not while others are before it.
        future = pool.schedule(picture_tasks.guarded, args=[self._cpu_s, work, *arguments], timeout=self._limit_s)
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
            return  # another call does it; joined twice, pebble would close descriptors that are others' by now
        self._pool = None
        pool.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await asyncio.to_thread(pool.join)
