"""Every waiting job is notified of its position, and of each change of it."""

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.training import Job, JobCancelled, Queued
from bot.training.queue import Queue
from trainer.config import Config

CONFIG = Config(recipe="tutorial", dataset="practice", epochs=1, batch_size=32, learning_rate=0.001, seed=1)
STEPS = st.lists(st.tuples(st.sampled_from(["add", "next", "remove", "return"]), st.integers(0, 9)), max_size=40)


@given(STEPS)
def test_the_last_position_sent_is_the_real_one(steps: list[tuple[str, int]]) -> None:
    asyncio.run(walk(steps))


async def walk(steps: list[tuple[str, int]]) -> None:
    queue, waiting, taken = Queue(), [], []
    positions: dict[Job, list[int]] = {}
    for what, number in steps:
        if what == "add":
            job = new_job(positions)
            queue.append(job)
            waiting.append(job)
        elif what == "next" and waiting:
            taken.append(queue.popleft())
            assert taken[-1] is waiting.pop(0)
        elif what == "remove" and waiting:
            queue.remove(waiting.pop(number % len(waiting)))
        elif what == "return" and taken:
            waiting.insert(0, taken.pop())
            queue.appendleft(waiting[0])
        queue.notify_positions(0)
        assert [positions[job][-1] for job in waiting] == list(range(1, len(waiting) + 1))
        assert len(queue) == len(waiting)
    # no position is sent twice in a row
    assert all(first != second for sent in positions.values() for first, second in pairwise(sent))


def new_job(positions: dict[Job, list[int]]) -> Job:
    sent: list[int] = []

    def listen(event: object) -> None:
        assert isinstance(event, Queued)
        sent.append(event.position)

    job = Job("a", CONFIG, listen, lambda _: None)
    positions[job] = sent
    return job


async def test_a_job_that_starts_at_once_gets_no_position() -> None:
    queue, positions = Queue(), {}
    jobs = [new_job(positions) for _ in range(3)]
    queue.extend(jobs)
    queue.notify_positions(free=2)
    assert [positions[job] for job in jobs] == [[], [], [1]]


async def test_an_error_in_a_listener_does_not_reach_the_queue() -> None:
    def listen(_: object) -> None:
        raise ValueError

    job = Job("a", CONFIG, listen, lambda _: None)
    queue = Queue()
    queue.append(job)
    queue.notify_positions(0)
    queue.end_all(JobCancelled())
    assert job.done
    assert not queue
