"""What the classroom holds in its hand while a job waits, runs and ends."""

import asyncio
import logging
from collections.abc import Callable

from bot.training.job import Job, JobEvent, Queued

_log = logging.getLogger(__name__)


class Ticket:
    """A job that was handed in. `started` and `cancelled` are kept by the engine."""

    def __init__(self, job: Job, listener: Callable[[JobEvent], None], cancel: "Callable[[Ticket], None]") -> None:
        self.job = job
        self.started = False  # a worker said that it has begun
        self.cancelled = False  # somebody asked to stop it
        self._listener = listener
        self._cancel = cancel
        self._position = 0
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

    async def settled(self, timeout_s: float) -> bool:
        """Wait for the outcome, whatever it is; False if there is none after `timeout_s`."""
        await asyncio.wait({self._outcome}, timeout=max(0.0, timeout_s))
        return self.over

    def cancel(self) -> None:
        """Stop the job: at once while it waits, at its next chunk of steps while it runs."""
        self._cancel(self)

    def tell(self, event: JobEvent) -> None:
        """Pass an event on; a listener's mistake must not stop the engine."""
        if self.over:
            return
        try:
            self._listener(event)
        except Exception:
            _log.exception("the listener of %s failed", self.run_id)

    def tell_position(self, position: int) -> None:
        """Tell the place in the queue if it is another one than before; 1 is the next."""
        if position != self._position:
            self._position = position
            self.tell(Queued(position))

    def end(self, outcome: bytes | Exception) -> None:
        """Settle the outcome; the first one counts."""
        if self.over:
            return
        if isinstance(outcome, Exception):
            self._outcome.set_exception(outcome)
            self._outcome.exception()  # nobody may be waiting; that is no reason for a warning
        else:
            self._outcome.set_result(outcome)
