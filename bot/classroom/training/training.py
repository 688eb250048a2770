"""One training: its state, its job, and its row in the database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from bot.classroom.training.download import DownloadLog
from bot.classroom.training.progress import after
from bot.classroom.training.state import TrainingState
from bot.store import RunRow
from bot.training import Job, JobEvent
from trainer.events import Downloading


class Training:
    """A training of this process. Front ends read `state`, or `watch` it; `watch` may skip states.

    `job` is None before it is submitted, and after it has ended, because it holds the packed run of several MB.
    `cancelled`: its owner or a teacher has cancelled it. `saving`: the run is being saved, too late to cancel.
    """

    def __init__(self, state: TrainingState, row: RunRow) -> None:
        self.row = row
        self.job: Job | None = None
        self.task: asyncio.Task[None] | None = None  # waits for the job, and saves the run and the row
        self.cancelled = False
        self.saving = False
        self._state = state
        self._changed = asyncio.Event()
        self._log_download = DownloadLog()

    @property
    def state(self) -> TrainingState:
        """The latest state."""
        return self._state

    def update(self, state: TrainingState) -> None:
        """Set a newer state; ignored after a final one."""
        if self._state.final:
            return
        self._state = state
        self._changed.set()
        self._changed = asyncio.Event()

    def on_event(self, event: JobEvent) -> None:
        """Update the state by an event of the job."""
        if isinstance(event, Downloading):
            self._log_download(event)
        self.update(after(self._state, event))

    async def watch(self) -> AsyncIterator[TrainingState]:
        """The state now, then the latest one after each change; ends after the final one."""
        while True:
            changed = self._changed
            state = self._state
            yield state
            if state.final:
                return
            if self._state is state:
                await changed.wait()


def set_final_row(row: RunRow, state: TrainingState) -> None:
    """Set what a row says of a training that is over."""
    row.status, row.reason, row.dataset = state.status, state.reason, state.dataset
    row.finished_at = datetime.now(UTC)
    if state.status == "finished":
        row.test_accuracy = state.record["metrics"]["test_accuracy"]
