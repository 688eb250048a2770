"""Pictures are read and drawn in processes of their own: strange files may hang or kill one, and nobody else notices.

One process sees uploaded pictures, another draws lessons, so that /predict never waits for a lesson. Neither imports
TensorFlow; the bot's own process imports neither OpenCV nor matplotlib.
"""

import asyncio
import logging
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError as PoolTimeoutError
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pebble import ProcessExpired, ProcessPool

from bot.settings import Settings
from bot.texts import texts
from trainer.errors import PictureError
from trainer.language import Language

if TYPE_CHECKING:
    from trainer.predict import Prediction
    from trainer.seen import Seen

SEE_TIMEOUT_S: Final = 10.0
DRAW_TIMEOUT_S: Final = 60.0  # the first lesson picture may have to load, or even download, the data set
MEMORY_BYTES: Final = 4 * 2**30  # address space; a process that wants more gets a MemoryError
_log = logging.getLogger(__name__)


class PictureProcessError(PictureError):
    """The process that read a picture took too long or died of it."""

    catalogue = staticmethod(texts)


class PictureProcess:
    """Two pools of one process each, started when first used; a process that dies is replaced."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seeing = _pool()
        self._drawing = _pool()

    async def start(self) -> None:
        """Import what is needed in the picture process, so that the first picture is quick."""
        await self._run(self._seeing, DRAW_TIMEOUT_S, _warm_up)

    async def see(self, data: bytes) -> "Seen":
        """An uploaded file brought to the data set's style; PictureError says what is wrong with it."""
        return await self._run(self._seeing, SEE_TIMEOUT_S, _see, data)

    async def draw_seen(self, seen: "Seen", prediction: "Prediction", language: Language) -> bytes:
        """The PNG of what the network saw and said."""
        return await self._run(self._seeing, SEE_TIMEOUT_S, _draw_seen, seen, prediction, language)

    async def draw_lesson(self, step: str, language: Language, run: Path | None) -> bytes:
        """The PNG that belongs to a lesson, computed from the data set and, if given, from a run's folder."""
        return await self._run(self._drawing, DRAW_TIMEOUT_S, _draw_lesson, step, language, run, self._settings)

    async def close(self) -> None:
        """End both processes."""
        for pool in (self._seeing, self._drawing):
            pool.stop()
            await asyncio.to_thread(pool.join, 2)

    async def _run(self, pool: ProcessPool, timeout_s: float, work: Callable[..., Any], *arguments: Any) -> Any:
        future = pool.schedule(work, args=list(arguments), timeout=timeout_s)
        try:
            return await asyncio.wrap_future(future)
        except (PoolTimeoutError, TimeoutError):
            _log.warning("%s took longer than %s s", work.__name__, timeout_s)
            raise PictureProcessError("picture_timeout") from None
        except (ProcessExpired, MemoryError) as error:
            _log.warning("%s ended its process: %s", work.__name__, error)
            raise PictureProcessError("picture_process_died") from None


def _pool() -> ProcessPool:
    context: Any = multiprocessing.get_context("spawn")
    return ProcessPool(max_workers=1, context=context, initializer=_begin, initargs=[os.getpid()])


def _begin(parent: int) -> None:
    """In a new picture process: no Ctrl-C, bounded memory, and an end when the bot ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(_parent: int) -> None:
    if bot := multiprocessing.parent_process():
        wait([bot.sentinel])
    os._exit(1)


def _warm_up() -> None:
    import trainer.photo
    import trainer.strip  # noqa: F401


def _see(data: bytes) -> "Seen":
    from trainer.photo import to_dataset_style

    return to_dataset_style(data)


def _draw_seen(seen: "Seen", prediction: "Prediction", language: Language) -> bytes:
    from trainer.strip import draw_seen

    return draw_seen(seen, prediction, language)


_datasets: dict[str, Any] = {}  # in the drawing process: 55 MB that are needed for every lesson


def _draw_lesson(step: str, language: Language, run: Path | None, settings: Settings) -> bytes:
    from trainer.illustrate import draw_lesson
    from trainer.load import load_data
    from trainer.runs import open_run

    opened = open_run(run) if run else None
    choice = settings.tutor_dataset
    if opened is not None:  # the pictures of a run belong to the data it was trained on
        choice = "practice" if opened.dataset == "practice" else "fashion-mnist"
    if choice not in _datasets:
        _datasets.clear()
        _datasets[choice] = load_data(choice, settings=settings)
    return draw_lesson(step, language, _datasets[choice], opened)
