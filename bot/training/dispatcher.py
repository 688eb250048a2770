"""Hands waiting jobs to free workers, one job a worker, and looks after the jobs that run.

Every job is bound to one worker that is known to be free. Dask blames a dead worker on every job it holds, so no job
may wait at a worker; and a cancelled or lost job must leave its worker before the next one comes.
"""

import asyncio
import concurrent.futures
import logging
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from bot.training.job import JobCancelled, JobFailed, Started, WorkerDied
from bot.training.queue import Queue
from bot.training.ticket import Ticket
from bot.training.worker import TOPIC, cancel_event, kill_worker, one_line, run_job, warm_up
from trainer.events import from_message

BUSY_LOOK_S: Final = 1.0  # how often the workers are looked at while there are jobs
IDLE_LOOK_S: Final = 5.0
ANSWER_S: Final = 10.0  # a scheduler that answers no sooner is not there
CANCEL_ANSWER_S: Final = 0.8  # the learner is told within a second, whatever the worker does
CANCEL_PATIENCE_S: Final = 5.0  # then the worker's process is replaced
RESTART_S: Final = 30.0
WARM_UP_S: Final = 180.0  # four seconds as a rule, twenty and more for the first time on a slow machine
JOBS_PER_WORKER: Final = 50  # every model leaves about 5 MB behind in its process
MOST_WARM_UPS_LOST: Final = 3
_MISSED: Final = 2  # looks in a row
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Slot:
    """One worker process and what it is doing."""

    address: str
    done: int = 0
    missed: int = 0  # looks in a row that did not find it
    taken: bool = False  # by somebody else who uses the same scheduler
    ticket: Ticket | None = None
    work: asyncio.Task[None] | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def free(self) -> bool:
        return self.work is None and not self.taken and self.missed == 0


class Dispatcher:
    """Serves one queue with the workers of one scheduler."""

    def __init__(self, client: Any, queue: Queue, *, task: str, settings: dict[str, Any] | None, warm: bool) -> None:
        """settings: what workers of this machine use; None: they have their own. See Engine for the others."""
        self._client = client
        self._queue = queue
        self._task = task
        self._settings = settings
        self._warm = warm
        self._slots: dict[str, _Slot] = {}
        self._running: dict[str, _Slot] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._subscribed = False
        self._attempts = 0
        self._warm_ups_lost = 0

    @property
    def free(self) -> int:
        """Workers that could take a job now."""
        return sum(slot.free for slot in self._slots.values())

    def wake(self) -> None:
        """There may be something to do."""
        self._news.set()

    async def run(self) -> None:
        """Serve until the client has given its scheduler up."""
        try:
            while self._client.status not in ("closing", "closed"):
                self._news.clear()
                if (held := await self._look()) is not None:
                    self._update(held)
                    self._admit()
                pause = BUSY_LOOK_S if self._queue or self._running or not self._slots else IDLE_LOOK_S
                # asyncio.wait_for can swallow a cancellation (until Python 3.12); asyncio.timeout does not
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._news.wait()
        finally:
            for task in self._tasks:
                task.cancel()
            for slot in self._running.values():
                if slot.ticket is not None:
                    slot.ticket.end(WorkerDied())

    def cancel(self, ticket: Ticket) -> None:
        """Stop a running job."""
        slot = self._running.get(ticket.run_id)
        if slot is not None and not ticket.cancelled:
            ticket.cancelled = True
            self._background(self._stop(slot, ticket))

    async def cancel_all(self, *, ask: bool) -> None:
        """End all running jobs for their listeners, and if `ask` tell their workers, which takes a second at most."""
        run_ids = list(self._running)
        for slot in self._running.values():
            if slot.ticket is not None:
                slot.ticket.end(JobCancelled())
        if ask and run_ids:
            await asyncio.wait([asyncio.create_task(self._set_cancel(run_id)) for run_id in run_ids], timeout=1)

    async def _look(self) -> dict[str, list[str]] | None:
        """What every worker holds, or None if the scheduler does not answer."""
        try:
            async with asyncio.timeout(ANSWER_S):
                held = await self._client.processing()
        except (OSError, TimeoutError) as error:
            if self._subscribed:
                _log.warning("the scheduler does not answer: %s", one_line(error))
            self._subscribed = False
            return None
        if not self._subscribed:  # at first, and after the client had to connect again
            self._client.subscribe_topic(TOPIC, self._heard)
            self._subscribed = True
        return held

    def _update(self, held: dict[str, list[str]]) -> None:
        for address, slot in list(self._slots.items()):
            slot.missed = 0 if address in held else slot.missed + 1
            slot.taken = bool(held.get(address)) and slot.work is None
            if slot.missed >= _MISSED:
                slot.gone.set()
                del self._slots[address]
        for address in held.keys() - self._slots.keys():
            slot = self._slots[address] = _Slot(address, taken=bool(held[address]))
            if self._warm and self._warm_ups_lost < MOST_WARM_UPS_LOST:
                self._occupy(slot, self._warm_up(slot))

    def _admit(self) -> None:
        for slot in self._slots.values():
            if slot.free and self._queue:
                slot.ticket = self._queue.next()
                self._running[slot.ticket.run_id] = slot
                self._occupy(slot, self._train(slot, slot.ticket))
            elif slot.free and slot.done >= JOBS_PER_WORKER:
                self._occupy(slot, self._restart(slot))
        self._queue.tell_positions(0)

    def _occupy(self, slot: _Slot, work: Coroutine[Any, Any, None]) -> None:
        slot.work = self._background(work)
        slot.work.add_done_callback(lambda _: self._release(slot))

    def _release(self, slot: _Slot) -> None:
        if slot.ticket is not None:
            self._running.pop(slot.ticket.run_id, None)
        slot.ticket = slot.work = None
        self.wake()

    async def _train(self, slot: _Slot, ticket: Ticket) -> None:
        message = ticket.job.to_message() | {"settings": self._settings}
        answer = await self._call(slot, "train", run_job, message, self._task)
        slot.done += 1
        if answer is not None:
            ticket.end(_outcome(answer, ticket))
        elif ticket.started or ticket.cancelled:
            ticket.end(WorkerDied())
        else:  # the worker was gone before the job had come to it
            self._queue.return_to_front(ticket)
        if ticket.cancelled:
            await self._clear_cancel(ticket.run_id)

    async def _warm_up(self, slot: _Slot) -> None:
        try:
            async with asyncio.timeout(WARM_UP_S):
                answer = await self._call(slot, "warm", warm_up, self._settings, priority=-1)
        except TimeoutError:
            self._warm_ups_lost += 1
            _log.warning("a worker could not be warmed up in %s s; it is replaced", WARM_UP_S)
            await self._kill(slot)
            return
        error = answer.exception() if answer is not None else None
        if answer is not None and error is None:
            self._warm_ups_lost = 0
        else:  # then the first training imports it, or says what is wrong
            self._warm_ups_lost += 1
            _log.warning("a worker could not be warmed up: %s", one_line(error) if error else "it is gone")

    async def _call(
        self, slot: _Slot, kind: str, function: Any, *arguments: Any, priority: int = 0
    ) -> "asyncio.Task[Any] | None":
        """Run a function on this very worker: its finished task, or None if the worker vanished with it."""
        self._attempts += 1
        future = self._client.submit(
            function,
            *arguments,
            key=f"{kind}-{slot.address}-{self._attempts}",  # never that of another call
            pure=False,  # equal configurations are different trainings
            retries=0,
            workers=[slot.address],
            allow_other_workers=False,
            priority=priority,
        )
        answer = asyncio.create_task(_awaited(future))
        gone = asyncio.create_task(slot.gone.wait())
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            return answer if answer.done() else None
        finally:
            gone.cancel()
            answer.cancel()
            future.release()

    async def _stop(self, slot: _Slot, ticket: Ticket) -> None:
        began = time.monotonic()
        work = slot.work
        asking = self._background(self._set_cancel(ticket.run_id))
        if not await ticket.settled(CANCEL_ANSWER_S):
            ticket.end(JobCancelled())
        if work is None:
            return
        await asyncio.wait({work}, timeout=began + CANCEL_PATIENCE_S - time.monotonic())
        asking.cancel()
        if not work.done():
            _log.warning("%s did not stop when asked; its worker is replaced", ticket.run_id)
            await self._kill(slot)

    async def _set_cancel(self, run_id: str) -> None:
        from distributed import Event

        await Event(cancel_event(run_id), client=self._client).set()

    async def _clear_cancel(self, run_id: str) -> None:
        from distributed import Event

        await Event(cancel_event(run_id), client=self._client).clear()  # else the scheduler keeps it for ever

    async def _kill(self, slot: _Slot) -> None:
        """Replace a worker that hears nothing; asked in the ordinary way, its nanny would wait for it first."""
        try:
            await self._client.run(kill_worker, workers=[slot.address], nanny=True)
        except Exception as error:  # a remote worker may have no nanny: then it is given up
            _log.warning("%s could not be killed: %s", slot.address, one_line(error))
            await self._restart(slot)

    async def _restart(self, slot: _Slot) -> None:
        """Replace the worker's process; the new one has another address."""
        await self._client.restart_workers([slot.address], timeout=RESTART_S, raise_for_error=False)
        slot.gone.set()
        self._slots.pop(slot.address, None)

    def _heard(self, event: Any) -> None:
        """Something a job tells on its way; for display only."""
        message = dict(event[1])
        message.pop("worker", None)
        slot = self._running.get(message.pop("run_id", ""))
        if slot is None or (ticket := slot.ticket) is None:
            return
        if message.get("kind") != "Started":
            try:
                ticket.tell(from_message(message))
            except (KeyError, TypeError) as error:  # a worker with another version of the trainer
                _log.warning("an event of %s was not understood: %s", ticket.run_id, one_line(error))
        elif not ticket.started:
            ticket.started = True
            ticket.tell(Started())
        else:  # a scheduler that was not told otherwise tries a job again whose worker has died
            ticket.end(WorkerDied())
            self.cancel(ticket)

    def _background(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_log_failure)
        return task


async def _awaited(future: Any) -> Any:
    return await future


def _outcome(answer: "asyncio.Task[Any]", ticket: Ticket) -> bytes | Exception:
    from distributed import KilledWorker

    try:
        said = answer.result()
    except (KilledWorker, concurrent.futures.CancelledError, asyncio.CancelledError, OSError, TimeoutError) as error:
        _log.warning("the worker of %s is gone: %s", ticket.run_id, type(error).__name__)
        return WorkerDied()
    except Exception as error:  # e.g. a remote worker without the trainer
        return JobFailed(one_line(error))
    match said["outcome"]:
        case "done":
            return said["data"]
        case "cancelled":
            return JobCancelled()
        case "refused":
            return said["error"]
        case _:
            return JobFailed(said["summary"])


def _log_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("a task of the engine failed", exc_info=error)
