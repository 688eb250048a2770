"""One worker process as the bot sees it: call a function there, replace the process."""

import asyncio
import concurrent.futures
import itertools
import logging
from collections.abc import Callable
from typing import Any, Final

from bot.training.job import Job, JobFailed, WorkerDied
from bot.training.worker import kill_worker, one_line, run_job, warm_up

RESTART_S: Final = 30.0
WARM_UP_S: Final = 180.0  # it usually takes 4 s, and over 20 s for the first time on a slow machine
_call_numbers = itertools.count(1)
_log = logging.getLogger(__name__)


class WorkerLostError(Exception):
    """The worker process was lost before the call returned."""


class Slot:
    """One worker process and its present work.

    `jobs` counts those that ended here. `missed` counts the polls in a row that did not list the worker. `taken`:
    another client of the same scheduler uses it. `work` is the task of the engine that uses it now, `job` the job if
    that task is a training. `lost`: the process has ended or is no longer listed.
    """

    def __init__(self, client: Any, address: str, *, taken: bool) -> None:
        """client: a distributed.Client in asynchronous mode; address: of the worker, as its scheduler names it."""
        self.address = address
        self.taken = taken
        self.jobs = 0
        self.missed = 0
        self.job: Job | None = None
        self.work: asyncio.Task[None] | None = None
        self.lost = asyncio.Event()
        self._client = client

    @property
    def free(self) -> bool:
        """Whether it can take a job now."""
        return self.work is None and not self.taken and self.missed == 0 and not self.lost.is_set()

    async def train(self, job: Job, task: str, settings: dict[str, Any] | None) -> bytes | Exception:
        """Run a job and return its outcome. Raises WorkerLostError if the worker was lost first."""
        from distributed import KilledWorker

        message = {"run_id": job.run_id, "config": job.config.to_record(), "settings": settings}
        try:
            return await self._call("train", run_job, message, task)
        except (KilledWorker, concurrent.futures.CancelledError, OSError, TimeoutError) as error:
            _log.warning("the worker of %s was lost: %s", job.run_id, type(error).__name__)
            return WorkerDied()
        except WorkerLostError:
            raise
        except Exception as error:  # e.g. a remote worker without the trainer
            return JobFailed(one_line(error))
        finally:
            self.jobs += 1

    async def warm_up(self, settings: dict[str, Any] | None) -> bool:
        """Import and compile in the process what a training needs; False if that failed. One that hangs is killed."""
        try:
            async with asyncio.timeout(WARM_UP_S):
                await self._call("warm", warm_up, settings, priority=-1)
        except TimeoutError:
            _log.warning("a worker could not be warmed up in %s s; it is replaced", WARM_UP_S)
            await self.kill()
        except Exception as error:  # the first training fails with the same error and reports it
            _log.warning("a worker could not be warmed up: %s", one_line(error))
        else:
            return True
        return False

    async def kill(self) -> None:
        """Kill the process, so that its nanny starts a new one; `restart` would wait for the job first."""
        try:
            await self._client.run(kill_worker, workers=[self.address], nanny=True)
        except Exception as error:  # a remote worker may have no nanny
            _log.warning("%s could not be killed: %s", self.address, one_line(error))
            await self.restart()

    async def restart(self) -> None:
        """Replace the process; the new one has another address and another slot."""
        await self._client.restart_workers([self.address], timeout=RESTART_S, raise_for_error=False)
        self.lost.set()

    async def _call(self, kind: str, function: Callable[..., Any], *arguments: Any, priority: int = 0) -> Any:
        """Run a function in this process; its result or error. Raises WorkerLostError."""
        future = self._client.submit(
            function,
            *arguments,
            key=f"{kind}-{self.address}-{next(_call_numbers)}",  # unique: Dask keeps one result per key
            pure=False,  # equal configurations are different trainings
            retries=0,
            workers=[self.address],
            allow_other_workers=False,
            priority=priority,
        )
        answer = asyncio.ensure_future(future)
        lost = asyncio.create_task(self.lost.wait())
        try:
            await asyncio.wait({answer, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise WorkerLostError
            if answer.cancelled():  # by Dask, which lost the worker or its connection
                raise concurrent.futures.CancelledError
            return answer.result()
        finally:
            lost.cancel()
            answer.cancel()
            future.release()
