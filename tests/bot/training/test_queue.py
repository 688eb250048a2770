"""Everybody who waits knows the truth about their place."""

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.training import Job, JobCancelled, Queued, Ticket
from bot.training.queue import Queue
from trainer.config import Config

STEPS = st.lists(st.tuples(st.sampled_from(["join", "next", "leave", "return"]), st.integers(0, 9)), max_size=40)


@given(STEPS)
def test_the_last_place_told_is_the_real_one(steps: list[tuple[str, int]]) -> None:
    asyncio.run(walk(steps))


async def walk(steps: list[tuple[str, int]]) -> None:
    queue, waiting, taken = Queue(), [], []
    heard: dict[Ticket, list[int]] = {}
    for what, number in steps:
        if what == "join":
            ticket = new_ticket(heard)
            queue.join(ticket)
            waiting.append(ticket)
        elif what == "next" and waiting:
            taken.append(queue.next())
            assert taken[-1] is waiting.pop(0)
        elif what == "leave" and waiting:
            assert queue.leave(waiting[number % len(waiting)])
            waiting.pop(number % len(waiting))
        elif what == "return" and taken:
            waiting.insert(0, taken.pop())
            queue.return_to_front(waiting[0])
        queue.tell_positions(0)
        assert [heard[ticket][-1] for ticket in waiting] == list(range(1, len(waiting) + 1))
        assert len(queue) == len(waiting)
    # nobody is told the same twice in a row
    assert all(first != second for told in heard.values() for first, second in pairwise(told))


def new_ticket(heard: dict[Ticket, list[int]]) -> Ticket:
    config = Config(recipe="tutorial", dataset="practice", epochs=1, batch_size=32, learning_rate=0.001, seed=1)
    told: list[int] = []

    def listen(event: object) -> None:
        assert isinstance(event, Queued)
        told.append(event.position)

    ticket = Ticket(Job("a", config, ("en",)), listen, lambda _: None)
    heard[ticket] = told
    return ticket


async def test_who_is_about_to_begin_is_told_no_place() -> None:
    queue, heard = Queue(), {}
    tickets = [new_ticket(heard) for _ in range(3)]
    for ticket in tickets:
        queue.join(ticket)
    queue.tell_positions(free=2)
    assert [heard[ticket] for ticket in tickets] == [[], [], [1]]


async def test_a_listener_that_fails_harms_nobody() -> None:
    def listen(_: object) -> None:
        raise ValueError

    config = Config(recipe="tutorial", dataset="practice", epochs=1, batch_size=32, learning_rate=0.001, seed=1)
    ticket = Ticket(Job("a", config, ("en",)), listen, lambda _: None)
    queue = Queue()
    queue.join(ticket)
    queue.tell_positions(0)
    queue.end_all(JobCancelled())
    assert ticket.over
    assert not queue.leave(ticket)
