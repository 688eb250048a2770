"""The jobs that wait for a worker: first in, first out."""

from collections import deque

from bot.training.job import Job


class Queue(deque[Job]):
    """Waiting jobs in order of submission; `notify_positions` after each change."""

    def notify_positions(self, free: int = 0) -> None:
        """Send every job its position, except the first `free` ones, which start at once."""
        for position, job in enumerate(list(self), 1 - free):
            if position > 0:
                job.notify_position(position)

    def end_all(self, outcome: Exception) -> None:
        """Remove every job and end it with `outcome`."""
        while self:
            self.popleft().end(outcome)
