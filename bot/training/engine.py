"""The engine: accepts training jobs and has them run by workers, on this machine or on others."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Final

from bot.errors import ClassroomError
from bot.settings import Settings, for_trainer
from bot.training.connection import check_address, connected
from bot.training.dispatcher import Dispatcher
from bot.training.durations import Durations
from bot.training.job import Job, JobCancelled, JobEvent
from bot.training.load import Load
from bot.training.local import LocalWorkers
from bot.training.queue import Queue
from bot.training.worker import one_line
from trainer.config import Config
from trainer.errors import TutorError
from trainer.runtime.shortage import shortage_of

CLOSE_S: Final = 4.0
RETRY_S: Final = (0.5, 5.0, 15.0, 60.0)
STABLE_S: Final = 60.0  # after a connection of this length the retries begin with the shortest pause again
_log = logging.getLogger(__name__)


class Engine:
    """Runs jobs in worker processes. `start` it in the background; jobs can be submitted at any time.

    Jobs wait until there are workers. When all workers are lost, e.g. with their scheduler, the running jobs end with
    WorkerDied, the waiting ones stay in the queue, and the engine starts or connects to workers again. `ready` is set
    while jobs can run.
    """

    def __init__(self, settings: Settings, *, task: str = "bot.training.worker:train_run", warm: bool = True) -> None:
        """task: "module:function" to run for a job; warm: import TensorFlow in new workers before the first job."""
        self._settings = settings
        self._task = task
        self._warm = warm
        self._queue = Queue()
        self._durations = Durations()
        self._dispatcher: Dispatcher | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._failure: TutorError | None = None
        self._closed = False
        self._tried = asyncio.Event()
        self.ready = asyncio.Event()

    async def start(self) -> None:
        """Start the workers or connect to them; returns when jobs can run.

        Raises SettingsError for an address without access control, which is final; ClassroomError when the workers
        cannot be reached now: jobs end with it, and the engine tries again.
        """
        if self._closed or self._supervisor is not None:
            return
        try:
            check_address(self._settings.dask_scheduler_address)
        except TutorError as error:
            self._refuse(error)
            raise
        self._supervisor = asyncio.create_task(self._supervise(), name="engine")
        await self._tried.wait()
        if self._failure is not None:
            raise self._failure

    def submit(
        self,
        run_id: str,
        config: Config,
        listener: Callable[[JobEvent], None],
        *,
        group: str = "",
        owner: str = "",
    ) -> Job:
        """Put a training into the queue; returns at once. Groups take turns, and so do the owners of a group."""
        job = Job(run_id, config, listener, self._cancel, group=group, owner=owner)
        if self._closed or self._failure:
            job.end(self._failure or JobCancelled())
            return job
        self._queue.append(job)
        self._notify_positions()
        if self._dispatcher is not None:
            self._dispatcher.wake()
        return job

    async def load(self) -> Load:
        """What waits and runs, and the workers; none while there is no connection to them."""
        workers = await self._dispatcher.workers() if self._dispatcher else ()
        return Load(len(self._queue), sum(worker.busy for worker in workers), workers)

    async def close(self) -> None:
        """End all jobs and all worker processes, within 5 s."""
        self._closed = True
        self._tried.set()
        self._queue.end_all(JobCancelled())
        if self._dispatcher is not None:
            # Workers on this machine are killed; remote ones would go on training.
            await self._dispatcher.cancel_all(stop=self._settings.dask_scheduler_address is not None)
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.wait({self._supervisor}, timeout=CLOSE_S)

    def _cancel(self, job: Job) -> None:
        if job in self._queue:
            self._queue.remove(job)
            job.end(JobCancelled())
            self._notify_positions()
        elif self._dispatcher is not None:
            self._dispatcher.cancel(job)

    def _notify_positions(self) -> None:
        if self._dispatcher is not None:
            self._dispatcher.notify_positions()
        else:
            self._queue.notify_positions()

    async def _supervise(self) -> None:
        """Keep a connection open until the engine closes."""
        attempt = 0
        while True:
            began = time.monotonic()
            try:
                async with connected(self._settings) as (client, local):
                    await self._serve(client, local)
                _log.warning("the connection to the training workers is lost; connecting again")
            except Exception as error:
                _log.warning("the training workers cannot be reached: %s", one_line(error))
                remote = self._settings.dask_scheduler_address is not None
                failure = ClassroomError("workers_unreachable" if remote else "workers_not_started")
                self._refuse(shortage_of(error) or failure)
            if time.monotonic() - began > STABLE_S:
                attempt = 0
            await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1

    async def _serve(self, client: Any, local: LocalWorkers | None) -> None:
        """Run jobs until the connection is lost; to remote workers the client reconnects by itself for a time."""
        settings = for_trainer(self._settings) if local else None
        dispatcher = Dispatcher(
            client, self._queue, self._durations, task=self._task, settings=settings, warm=self._warm
        )
        self._dispatcher, self._failure = dispatcher, None
        self.ready.set()
        self._tried.set()
        ends = [asyncio.create_task(work) for work in (dispatcher.run(), *([local.ended()] if local else []))]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.ready.clear()
            self._dispatcher = None
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)

    def _refuse(self, failure: TutorError) -> None:
        self._failure = failure
        self._queue.end_all(failure)
        self._tried.set()
