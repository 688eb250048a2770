"""The jobs that wait for a worker: groups in turn, in a group its people in turn, of one person the first job first."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from bot.training.job import Job, Queued

T = TypeVar("T")


class Queue:
    """Waiting jobs; iterating gives the order in which they will start if no other job arrives.

    Who has had a turn goes behind everybody else: the job's owner within the group, and the group. A new group or owner
    begins at the end. A job therefore starts after at most (groups) x (people of its group) others for each job of
    its owner up to itself. `notify_positions` after each change.
    """

    def __init__(self) -> None:
        # by group and by owner: the order of a dict is the order of the turns
        self._groups: dict[str, dict[str, deque[Job]]] = {}
        self._returned: deque[Job] = deque()  # they have had their turn

    def __len__(self) -> int:
        return len(self._returned) + sum(len(jobs) for owners in self._groups.values() for jobs in owners.values())

    def __contains__(self, job: object) -> bool:
        return any(one is job for one in self)

    def __iter__(self) -> Iterator[Job]:
        yield from list(self._returned)
        yield from _in_turn([list(_in_turn(list(owners.values()))) for owners in self._groups.values()])

    def append(self, job: Job) -> None:
        """Add a new job."""
        self._groups.setdefault(job.group, {}).setdefault(job.owner, deque()).append(job)

    def give_back(self, job: Job) -> None:
        """Put a job that could not start before all others."""
        self._returned.appendleft(job)

    def take(self) -> Job:
        """Remove and return the job that is the next to start; IndexError if none waits."""
        if self._returned:
            return self._returned.popleft()
        if not self._groups:
            raise IndexError
        group, owners = next(iter(self._groups.items()))
        owner, jobs = next(iter(owners.items()))
        job = jobs.popleft()
        del owners[owner], self._groups[group]
        if jobs:
            owners[owner] = jobs
        if owners:
            self._groups[group] = owners
        return job

    def remove(self, job: Job) -> None:
        """Remove a waiting job; the turns of the others stay as they are."""
        with suppress(ValueError):
            self._returned.remove(job)
            return
        owners = self._groups[job.group]
        owners[job.owner].remove(job)
        if not owners[job.owner]:
            del owners[job.owner]
        if not owners:
            del self._groups[job.group]

    def notify_positions(self, free: int = 0, starts_s: Sequence[float | None] = ()) -> None:
        """Tell every job its place and why it waits, except the first `free` ones, which start at once.

        starts_s: seconds until each job starts, in the order of the queue, None if unknown (see `expected_starts`).
        """
        waiting = list(self)[free:]
        ahead: dict[str, int] = {}  # jobs by group
        for before, job in enumerate(waiting):
            own = ahead.get(job.group, 0)
            start_s = starts_s[free + before] if free + before < len(starts_s) else None
            job.notify_position(Queued(before + 1, own, before - own, None if start_s is None else round(start_s / 60)))
            ahead[job.group] = own + 1

    def end_all(self, outcome: Exception) -> None:
        """Remove every job and end it with `outcome`."""
        while self:
            self.take().end(outcome)


def _in_turn(lines: Sequence[Iterable[T]]) -> Iterator[T]:
    """The first of every line, then the second of every line, and so on."""
    waiting = deque(map(iter, lines))
    while waiting:
        line = waiting.popleft()
        with suppress(StopIteration):
            yield next(line)
            waiting.append(line)
