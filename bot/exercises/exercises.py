"""The process that runs single steps: started by the first exercise, ended when nobody has tried one for a while."""

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bot.errors import PictureProcessError
from bot.exercises import tasks
from bot.exercises.answers import EXERCISES, Exercise
from bot.pictures.processes import Processes
from bot.settings import Settings, for_trainer
from trainer.language import Language

IDLE_S: Final = 300.0  # then its memory, 0.3 GB or with TensorFlow 0.9 GB, is given back
# The first exercise may have to download the data set for 20 s, and to import TensorFlow, 3 to 20 s; the recipe `best`
# answers all test images in 6 to 11 s, every other exercise takes 0.1 to 0.5 s.
LIMIT_S: Final = 90.0
NICENESS: Final = 7  # as drawing: between the bot (0) and a training (10)
MEMORY_BYTES: Final = 16 * 2**30  # address space; TensorFlow takes 3 GB of it, more where there are more cores
MOST_KEPT: Final = 32  # results of about 70 kB


class Exercises:
    """Runs single steps, one after the other; simultaneous and later calls for the same result share it."""

    def __init__(self, settings: Settings, *, idle_s: float = IDLE_S) -> None:
        """idle_s: seconds without an exercise after which the process ends."""
        home = settings.tutor_home
        self._begin = os.getpid(), home / "logs" / "exercises.log", home, NICENESS, tasks.warm_up, MEMORY_BYTES
        self._given, self._idle_s = for_trainer(settings), idle_s
        self._processes: Processes | None = None
        self._running = 0  # calls that wait or are executed
        self._timer: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._kept: OrderedDict[tuple[Any, ...], asyncio.Task[Exercise]] = OrderedDict()
        self._closed = False

    async def run(
        self, step: str, seed: int, language: Language, run: Path | None = None, *, revealed: bool = False
    ) -> Exercise:
        """Run one of EXERCISES; the seed, 0 ... 2**31 - 1, decides which images it takes, and the first weights.

        run: the folder of the run to evaluate; no other step looks at it. revealed: with the answers of `explore`.
        Raises ValueError for another step or without the run; DatasetError, RunError; PictureProcessError
        `exercise_failed` when the process hangs or dies, which is replaced.
        """
        if step not in EXERCISES or (step == "evaluate" and run is None):
            raise ValueError(f"{step} of the run {run} cannot be tried out")
        if step == "evaluate":
            return await self._call(tasks.run, step, seed, language, run, False)
        key = step, seed, language, None, revealed and step == "explore"
        if key not in self._kept:
            self._kept[key] = asyncio.create_task(self._call(tasks.run, *key))
            self._kept[key].add_done_callback(_retrieve)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        try:
            return await asyncio.shield(self._kept[key])
        except Exception:
            self._kept.pop(key, None)
            raise

    async def draw_options(self, options: tuple[str, ...], seed: int, language: Language) -> bytes:
        """The PNG of a question whose options are images (see trainer.exercises.options); errors as for `run`."""
        return (await self._call(tasks.draw_options, options, seed, language)).picture

    async def close(self) -> None:
        """End the process."""
        self._closed = True
        self._end()
        if self._ending:
            await self._ending

    async def _call(self, work: Callable[..., Exercise], *arguments: Any) -> Exercise:
        if self._closed:
            raise PictureProcessError("exercise_failed")
        self._stay()
        key = "exercise_failed"
        self._processes = self._processes or Processes(1, self._begin, (LIMIT_S, LIMIT_S), died=key, late=key)
        self._running += 1
        try:
            return await self._processes.call(work, *arguments, self._given)
        finally:
            self._running -= 1
            if not self._running and not self._closed:
                self._timer = asyncio.get_running_loop().call_later(self._idle_s, self._end)

    def _stay(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _end(self) -> None:
        self._stay()
        processes, self._processes = self._processes, None
        if processes:
            self._ending = asyncio.create_task(processes.close())


def _retrieve(task: "asyncio.Task[Exercise]") -> None:
    """An error of a call that nobody waits for any more is no error of the event loop."""
    if not task.cancelled():
        task.exception()
