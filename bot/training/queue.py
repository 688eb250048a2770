"""The jobs that wait for a worker: first in, first out."""

from collections import deque

from bot.training.job import Job


class Queue:
    """Waiting jobs in order of submission; each is notified of its position."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, job: Job) -> None:
        """Append a job."""
        self._jobs.append(job)

    def return_to_front(self, job: Job) -> None:
        """Make a job the next one again: its worker was lost before the job started."""
        self._jobs.appendleft(job)

    def remove(self, job: Job) -> bool:
        """Remove a job; False if it is not waiting."""
        if job not in self._jobs:
            return False
        self._jobs.remove(job)
        return True

    def next(self) -> Job:
        """Remove and return the first job; IndexError if the queue is empty."""
        return self._jobs.popleft()

    def notify_positions(self, free: int) -> None:
        """Send every job its position, except the first `free` ones, which start at once."""
        for position, job in enumerate(list(self._jobs), 1 - free):
            if position > 0:
                job.notify_position(position)

    def end_all(self, outcome: Exception) -> None:
        """End every waiting job."""
        while self._jobs:
            self._jobs.popleft().end(outcome)
