"""The one engine: dask.distributed, with workers on this machine or behind a scheduler's address.

Jobs are admitted one for each worker: Dask blames a dead worker on every job it holds, so a waiting job must not be
held by any. What the worker tells on the way is for display; the awaited result is the truth.
"""

import asyncio
import ipaddress
import logging
import os
from collections import deque
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from bot.engine.job import Job, JobCancelled, JobEvent, JobFailed, Queued, Started, WorkerDied
from bot.engine.worker import TOPIC, request_cancel, run_job, warm_up
from bot.settings import Settings, SettingsError
from trainer.events import from_message

CANCEL_PATIENCE_S: Final = 8.0  # longer than the import of TensorFlow; then the worker's process is replaced
CLOSE_PATIENCE_S: Final = 3.0
JOBS_PER_WORKER: Final = 50  # every model leaves about 5 MB behind in its process
_log = logging.getLogger(__name__)


class Ticket:
    """A job that was handed in."""

    def __init__(self, job: Job, listener: Callable[[JobEvent], None], engine: "Engine") -> None:
        self.job = job
        self._listener = listener
        self._engine = engine
        self._outcome: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    @property
    def run_id(self) -> str:
        """The id of the run this will become."""
        return self.job.run_id

    @property
    def over(self) -> bool:
        """Whether the outcome is known."""
        return self._outcome.done()

    async def result(self) -> bytes:
        """The packed run. Raises JobCancelled, WorkerDied, JobFailed, or the trainer's TutorError."""
        return await asyncio.shield(self._outcome)

    async def settled(self) -> None:
        """Wait for the outcome, whatever it is."""
        await asyncio.wait({self._outcome})

    def cancel(self) -> None:
        """Stop the job: at once while it waits, at its next chunk of steps while it runs."""
        self._engine.cancel(self)

    def tell(self, event: JobEvent) -> None:
        """Pass an event on; a listener's mistake must not stop the engine."""
        if self.over:
            return
        try:
            self._listener(event)
        except Exception:
            _log.exception("the listener of %s failed", self.run_id)

    def end(self, outcome: bytes | Exception) -> None:
        """Settle the outcome; the first one counts."""
        if self.over:
            return
        if isinstance(outcome, Exception):
            self._outcome.set_exception(outcome)
            self._outcome.exception()  # nobody may be waiting; that is no reason for a warning
        else:
            self._outcome.set_result(outcome)


class Engine:
    """Runs jobs in worker processes; `start` it in the background, hand in jobs at any time."""

    def __init__(self, settings: Settings, *, task: str = "bot.engine.worker:train_run", warm: bool = True) -> None:
        self._settings = settings
        self._task = task
        self._warm = warm
        self._waiting: deque[Ticket] = deque()
        self._running: dict[str, Ticket] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: Any = None
        self._cluster: Any = None
        self._failure: Exception | None = None
        self._done = 0
        self._closed = False
        self.ready = asyncio.Event()

    async def start(self) -> None:
        """Start or reach the workers; returns when jobs can run. Raises SettingsError for an unusable address."""
        try:
            distributed = await asyncio.to_thread(_import_distributed, self._settings)
            if address := self._settings.dask_scheduler_address:
                _check_address(address)
                self._client = await distributed.Client(address, asynchronous=True, timeout=10)
            else:
                self._cluster = await _local_cluster(distributed, self._settings)
                self._client = await distributed.Client(self._cluster, asynchronous=True)
        except Exception as error:
            self._failure = error if isinstance(error, SettingsError) else _unreachable(error)
            for ticket in (*self._waiting, *self._running.values()):
                ticket.end(self._failure)
            self._waiting.clear()
            raise self._failure from error
        self._client.subscribe_topic(TOPIC, self._heard)
        self.ready.set()
        if self._warm:
            self._background(self._warm_up())
        self._admit()

    def submit(self, job: Job, listener: Callable[[JobEvent], None]) -> Ticket:
        """Put a job at the end of the queue; returns at once."""
        ticket = Ticket(job, listener, self)
        if self._closed or self._failure:
            ticket.end(self._failure or JobCancelled())
            return ticket
        self._waiting.append(ticket)
        self._admit()
        self._tell_positions()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """See Ticket.cancel."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)
            ticket.end(JobCancelled())
            self._tell_positions()
        elif ticket.run_id in self._running:
            self._background(self._stop(ticket))

    async def close(self) -> None:
        """End all jobs and all worker processes, within a few seconds."""
        self._closed = True
        for ticket in (*self._waiting, *self._running.values()):
            ticket.end(JobCancelled())
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()
        pids = [nanny.pid for nanny in self._cluster.workers.values()] if self._cluster else []
        for end in (self._client, self._cluster):
            if end is not None:
                try:
                    await asyncio.wait_for(end.close(), CLOSE_PATIENCE_S)
                except Exception as error:  # also a time-out: what is left is killed below
                    _log.warning("the engine did not close in order: %r", error)
        await asyncio.to_thread(_kill, [pid for pid in pids if pid])
        self._client = self._cluster = None

    def _admit(self) -> None:
        """Give waiting jobs to free workers."""
        if not self.ready.is_set() or self._closed:
            return
        while self._waiting and len(self._running) < self._slots():
            ticket = self._waiting.popleft()
            self._running[ticket.run_id] = ticket
            self._background(self._run(ticket))
            self._tell_positions()

    def _slots(self) -> int:
        if self._cluster is not None:
            return self._settings.tutor_workers
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return max(1, sum(worker["nthreads"] for worker in workers))

    def _tell_positions(self) -> None:
        for position, ticket in enumerate(self._waiting, 1):
            ticket.tell(Queued(position))

    async def _run(self, ticket: Ticket) -> None:
        # pure=False: equal configurations are different trainings, and none may be answered from a cache
        future = self._client.submit(
            run_job, ticket.job.to_message(), self._task, key=f"train-{ticket.run_id}", pure=False, retries=0
        )
        try:
            ticket.end(_outcome(await future))
        except asyncio.CancelledError:
            ticket.end(JobCancelled())
            raise
        except Exception as error:
            # Dask's own errors: the worker was killed, or the scheduler lost it
            _log.warning("the worker of %s is gone: %s", ticket.run_id, type(error).__name__)
            ticket.end(WorkerDied())
        finally:
            future.release()
            self._running.pop(ticket.run_id, None)
            self._done += 1
            if not self._closed:
                await self._recycle()
                self._admit()

    async def _stop(self, ticket: Ticket) -> None:
        await self._client.run(request_cancel, ticket.run_id, on_error="return", wait=True)
        try:
            await asyncio.wait_for(ticket.settled(), CANCEL_PATIENCE_S)
        except TimeoutError:
            ticket.end(JobCancelled())
            processing = await self._client.processing()
            held = [worker for worker, keys in processing.items() if f"train-{ticket.run_id}" in keys]
            _log.warning("%s did not stop when asked; its worker is replaced", ticket.run_id)
            await self._client.restart_workers(held, raise_for_error=False)

    async def _recycle(self) -> None:
        """Replace idle worker processes now and then: every model leaves a little memory behind."""
        if self._cluster is None or self._running or self._waiting:
            return
        if self._done >= JOBS_PER_WORKER * self._settings.tutor_workers:
            self._done = 0
            workers = list(await self._client.nthreads())
            await self._client.restart_workers(workers, raise_for_error=False)
            if self._warm:
                self._background(self._warm_up())

    async def _warm_up(self) -> None:
        try:
            # Asked of the scheduler itself: what the client remembers of it is seconds old, and empty at the start.
            for worker in await self._client.nthreads():
                # A task and not client.run: this one leaves the worker's own loop free to answer.
                await self._client.submit(warm_up, workers=[worker], pure=False, allow_other_workers=False)
        except Exception as error:  # the first training imports it then, or says what is wrong
            _log.warning("the workers could not be warmed up: %r", error)

    def _heard(self, event: Any) -> None:
        message = dict(event[1])
        message.pop("worker", None)
        if ticket := self._running.get(message.pop("run_id", "")):
            ticket.tell(Started() if message["kind"] == "Started" else from_message(message))

    def _background(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_log_failure)


def _outcome(answer: dict[str, Any]) -> bytes | Exception:
    match answer["outcome"]:
        case "done":
            return answer["data"]
        case "cancelled":
            return JobCancelled()
        case "refused":
            return answer["error"]
        case _:
            return JobFailed(answer["summary"])


def _log_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("a task of the engine failed", exc_info=error)


def _import_distributed(settings: Settings) -> Any:
    import distributed
    from dask import config

    config.set(
        {
            "temporary-directory": str(settings.tutor_home / "dask"),
            "distributed.scheduler.allowed-failures": 0,  # a job that killed its worker is not tried on the others
            "distributed.worker.profile.enabled": False,
            "distributed.admin.tick.limit": "10s",
            "distributed.version": 2,
        }
    )
    return distributed


async def _local_cluster(distributed: Any, settings: Settings) -> Any:
    threads = str(max(1, (os.cpu_count() or 1) // settings.tutor_workers))
    return await distributed.LocalCluster(
        n_workers=settings.tutor_workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=0,  # TensorFlow keeps what it has; Dask must not pause a training for it
        local_directory=str(settings.tutor_home / "dask"),
        silence_logs=logging.CRITICAL,
        preload=["bot.engine.worker"],
        env={"TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": threads, "TF_CPP_MIN_LOG_LEVEL": "3"},
        asynchronous=True,
    )


def _check_address(address: str) -> None:
    """Dask runs whatever code it is sent, so an open address is refused unless it is this machine's own or TLS."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if parts.scheme == "tls":
        return
    host = parts.hostname or ""
    try:
        own = ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = host == "localhost"
    if parts.scheme != "tcp" or not own:
        raise SettingsError("scheduler_address_open", address=address)


def _unreachable(error: Exception) -> JobFailed:
    return JobFailed(f"the training workers could not be started: {type(error).__name__}: {error}".splitlines()[0])


def _kill(pids: list[int]) -> None:
    import psutil  # comes with distributed

    for pid in pids:
        try:
            process = psutil.Process(pid)
            if process.ppid() == os.getpid():
                process.kill()
                process.wait(1)
        except psutil.Error:
            continue  # it is gone, as it should be
