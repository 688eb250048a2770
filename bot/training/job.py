"""A submitted training, the events it sends, and the ways it can end."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from trainer.config import Config
from trainer.events import Event

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Queued:
    """The job waits; position 1 is the next to start.

    own, others: how many jobs of its own group and of other groups start before it; minutes: until it starts, rounded,
    None if not known.
    """

    position: int
    own: int = 0
    others: int = 0
    minutes: int | None = None


@dataclass(frozen=True)
class Started:
    """A worker has started the job."""


JobEvent = Queued | Started | Event


class JobCancelled(Exception):  # noqa: N818 the learner wanted it
    """The job was cancelled before it was done."""


class WorkerDied(Exception):  # noqa: N818
    """The worker process ended during the job."""


class JobFailed(Exception):  # noqa: N818
    """The job ended with an unforeseen error; the text is one line for the log."""


class Job:
    """One training that `Engine.submit` accepted.

    `started` (a worker runs it), `assigned_at` (time.monotonic() when a worker was given to it) and `cancelled` (the
    worker has to stop it) are set by the engine.
    """

    def __init__(
        self,
        run_id: str,
        config: Config,
        listener: Callable[[JobEvent], None],
        cancel: "Callable[[Job], None]",
        *,
        group: str = "",
        owner: str = "",
    ) -> None:
        """listener: called with every event; cancel: what `Job.cancel` calls; group, owner: who takes turns."""
        self.run_id = run_id
        self.config = config
        self.group = group
        self.owner = owner
        self.started = False
        self.assigned_at = 0.0
        self.cancelled = False
        self._listener = listener
        self._cancel = cancel
        self._queued: Queued | None = None
        self._outcome: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    @property
    def done(self) -> bool:
        """Whether the outcome is known."""
        return self._outcome.done()

    async def result(self) -> bytes:
        """The packed run. Raises JobCancelled, WorkerDied, JobFailed, or a TutorError with a sentence."""
        return await asyncio.shield(self._outcome)

    async def wait(self, timeout_s: float) -> bool:
        """Wait for the outcome, at most `timeout_s`; returns `done`."""
        await asyncio.wait({self._outcome}, timeout=max(0.0, timeout_s))
        return self.done

    def cancel(self) -> None:
        """Stop the job; `result` raises JobCancelled within a second, unless the job has ended before."""
        self._cancel(self)

    def notify(self, event: JobEvent) -> None:
        """Call the listener with an event; an error in the listener is logged, so that the engine goes on."""
        if self.done:
            return
        try:
            self._listener(event)
        except Exception:
            _log.exception("the listener of %s failed", self.run_id)

    def notify_position(self, queued: Queued) -> None:
        """Send what is known of the job's place in the queue if it has changed."""
        if queued != self._queued:
            self._queued = queued
            self.notify(queued)

    def end(self, outcome: bytes | Exception) -> None:
        """Set the outcome; later ones are ignored."""
        if self.done:
            return
        if isinstance(outcome, Exception):
            self._outcome.set_exception(outcome)
            self._outcome.exception()  # no warning if nobody awaits the result
        else:
            self._outcome.set_result(outcome)
