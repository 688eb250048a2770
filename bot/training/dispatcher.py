"""Assigns waiting jobs to free workers, one job per worker, and handles the events and the end of each.

Every job is sent to one worker that is known to be free: Dask fails all jobs that a dead worker holds, so no job may
wait at a worker, and a cancelled job must have ended there before the next one is sent.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

from bot.training.durations import Durations
from bot.training.job import Job, JobCancelled, Started, WorkerDied
from bot.training.load import WorkerUse
from bot.training.queue import Queue
from bot.training.slot import Slot, WorkerLostError
from bot.training.trial import cause_of_death
from bot.training.worker import TOPIC, cancel_event, one_line
from trainer.errors import TutorError
from trainer.events import from_message

BUSY_POLL_S: Final = 1.0  # how often the workers are listed while there are jobs
IDLE_POLL_S: Final = 5.0
SCHEDULER_S: Final = 10.0  # without an answer for this time the scheduler counts as unreachable
CANCEL_ANSWER_S: Final = 0.8  # a cancelled job ends for the learner within a second, whatever the worker does
CANCEL_PATIENCE_S: Final = 5.0  # then the worker's process is replaced
JOBS_PER_WORKER: Final = 50  # then it is replaced: a process grows by up to 5 MB per training
MOST_WARM_UPS_LOST: Final = 3
MOST_MISSED_POLLS: Final = 2
_log = logging.getLogger(__name__)


class Dispatcher:
    """Serves one queue with the workers of one scheduler."""

    def __init__(
        self,
        client: Any,
        queue: Queue,
        durations: Durations,
        *,
        task: str,
        settings: dict[str, Any] | None,
        warm: bool,
    ) -> None:
        """settings: those for workers on this machine; None: the workers have their own. task, warm: see Engine."""
        self._client = client
        self._queue = queue
        self._durations = durations
        self._task = task
        self._settings = settings
        self._warm = warm
        self._slots: dict[str, Slot] = {}  # by address
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._subscribed = False
        self._warm_ups_lost = 0
        self._has_trained = False  # a worker has sent an event of the trainer, so TensorFlow works
        self._trial: asyncio.Task[TutorError | None] | None = None

    def notify_positions(self) -> None:
        """Tell the waiting jobs their places, and when they will start."""
        now = time.monotonic()
        running = [(job.config, now - job.assigned_at) for job in self._running if not job.cancelled]
        free = sum(slot.free for slot in self._slots.values())
        soon_free = free + sum(job.cancelled for job in self._running)
        waiting = (job.config for job in self._queue)
        self._queue.notify_positions(free, self._durations.expected_starts(waiting, running, soon_free))

    async def workers(self) -> tuple[WorkerUse, ...]:
        """Every worker, with the memory that it has told the scheduler of last."""
        known: dict[str, Any] = {}
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(SCHEDULER_S):
                known = (await self._client.scheduler.identity(n_workers=-1))["workers"]
        memory = {address: worker.get("metrics", {}).get("memory") for address, worker in known.items()}
        return tuple(WorkerUse(memory.get(address), slot.job is not None) for address, slot in self._slots.items())

    def wake(self) -> None:
        """Poll now instead of after the pause."""
        self._changed.set()

    async def run(self) -> None:
        """Serve until the client has closed itself, which it does when it cannot reconnect to the scheduler."""
        try:
            while self._client.status not in ("closing", "closed"):
                self._changed.clear()
                if (held := await self._poll()) is not None:
                    self._update_slots(held)
                    self._assign()
                idle = self._slots and not self._queue and not self._running
                pause_s = IDLE_POLL_S if idle else BUSY_POLL_S
                # asyncio.wait_for can swallow a cancellation (until Python 3.12); asyncio.timeout does not
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await self._changed.wait()
        finally:
            for task in self._tasks:
                task.cancel()
            self._end_running(WorkerDied())

    def cancel(self, job: Job) -> None:
        """Stop a running job."""
        slot = next((slot for slot in self._slots.values() if slot.job is job), None)
        if slot is not None and not job.cancelled:
            job.cancelled = True
            self._background(self._stop(slot, job))

    async def cancel_all(self, *, stop: bool) -> None:
        """End all running jobs; if `stop`, also have their workers stop them, which takes a second at most."""
        running = self._running
        self._end_running(JobCancelled())
        if stop and running:
            await asyncio.wait([asyncio.create_task(self._set_cancel(job.run_id)) for job in running], timeout=1)

    @property
    def _running(self) -> list[Job]:
        return [slot.job for slot in self._slots.values() if slot.job is not None]

    def _end_running(self, outcome: Exception) -> None:
        for job in self._running:
            job.end(outcome)

    async def _poll(self) -> dict[str, list[str]] | None:
        """The keys of the calls that each worker holds, by address; None if the scheduler does not answer."""
        try:
            async with asyncio.timeout(SCHEDULER_S):
                held = await self._client.processing()
        except (OSError, TimeoutError) as error:
            if self._subscribed:
                _log.warning("the scheduler does not answer: %s", one_line(error))
            self._subscribed = False
            return None
        if not self._subscribed:  # the first time, and after the client has reconnected
            self._client.subscribe_topic(TOPIC, self._on_event)
            self._subscribed = True
        return held

    def _update_slots(self, held: dict[str, list[str]]) -> None:
        for address, slot in list(self._slots.items()):
            slot.missed = 0 if address in held else slot.missed + 1
            slot.taken = bool(held.get(address)) and slot.work is None
            if slot.missed >= MOST_MISSED_POLLS:
                slot.lost.set()
            if slot.lost.is_set() and slot.work is None:  # else its work is about to end, and polls again
                del self._slots[address]
        for address in held.keys() - self._slots.keys():
            slot = self._slots[address] = Slot(self._client, address, taken=bool(held[address]))
            if self._warm and self._warm_ups_lost < MOST_WARM_UPS_LOST:
                self._occupy(slot, self._warm_up(slot))

    def _assign(self) -> None:
        for slot in self._slots.values():
            if slot.free and self._queue:
                slot.job = self._queue.take()
                slot.job.assigned_at = time.monotonic()
                self._occupy(slot, self._train(slot, slot.job))
            elif slot.free and slot.jobs >= JOBS_PER_WORKER:
                self._occupy(slot, slot.restart())
        self.notify_positions()

    def _occupy(self, slot: Slot, work: Coroutine[Any, Any, None]) -> None:
        slot.work = self._background(work)
        slot.work.add_done_callback(lambda _: self._release(slot))

    def _release(self, slot: Slot) -> None:
        slot.job = slot.work = None
        self.wake()

    async def _train(self, slot: Slot, job: Job) -> None:
        try:
            outcome = await slot.train(job, self._task, self._settings)
            if isinstance(outcome, WorkerDied) and self._settings is not None and not self._has_trained:
                outcome = await self._cause_of_death() or outcome
            if isinstance(outcome, bytes):
                self._durations.note(job.config, time.monotonic() - job.assigned_at)
            job.end(outcome)
        except WorkerLostError:
            if job.started or job.cancelled:
                job.end(WorkerDied())
            else:
                self._queue.give_back(job)
        if job.cancelled:
            await self._clear_cancel(job.run_id)

    async def _cause_of_death(self) -> TutorError | None:
        """Asked once, unless a training has begun here before: what TensorFlow lacks; None if it works here."""
        if self._trial is None:
            self._trial = asyncio.create_task(cause_of_death())
        return await asyncio.shield(self._trial)

    async def _warm_up(self, slot: Slot) -> None:
        self._warm_ups_lost = 0 if await slot.warm_up(self._settings) else self._warm_ups_lost + 1

    async def _stop(self, slot: Slot, job: Job) -> None:
        """Have a worker stop its job; end the job in time, and replace a worker that does not stop."""
        began = time.monotonic()
        work = slot.work
        setting = self._background(self._set_cancel(job.run_id))
        if not await job.wait(CANCEL_ANSWER_S):
            job.end(JobCancelled())
        if work is None:
            return
        await asyncio.wait({work}, timeout=began + CANCEL_PATIENCE_S - time.monotonic())
        setting.cancel()
        if not work.done():
            _log.warning("%s did not stop when cancelled; its worker is replaced", job.run_id)
            await slot.kill()

    async def _set_cancel(self, run_id: str) -> None:
        from distributed import Event

        await Event(cancel_event(run_id), client=self._client).set()

    async def _clear_cancel(self, run_id: str) -> None:
        from distributed import Event

        await Event(cancel_event(run_id), client=self._client).clear()  # else the scheduler keeps the event

    def _on_event(self, event: Any) -> None:
        """Pass on an event of a running job; events are for display only and may be lost."""
        message = dict(event[1])
        message.pop("worker", None)
        run_id = message.pop("run_id", "")
        if (job := next((job for job in self._running if job.run_id == run_id), None)) is None:
            return
        if message.get("kind") != "Started":
            self._has_trained = True
            try:
                job.notify(from_message(message))
            except (KeyError, TypeError) as error:  # from a worker with another version of the trainer
                _log.warning("an event of %s cannot be read: %s", job.run_id, one_line(error))
        elif not job.started:
            job.started = True
            job.notify(Started())
        else:  # a remote scheduler with other settings repeats a job whose worker has died
            job.end(WorkerDied())
            self.cancel(job)

    def _background(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_log_failure)
        return task


def _log_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("a task of the engine failed", exc_info=error)
