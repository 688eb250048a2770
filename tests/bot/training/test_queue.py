"""Classes and people take turns, and every waiting job knows its place and why it waits."""

import asyncio
from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.training import Job, JobCancelled, Queued
from bot.training.queue import Queue
from trainer.config import Config

CONFIG = Config(recipe="tutorial", dataset="practice", epochs=1, batch_size=32, learning_rate=0.001, seed=1)
PEOPLE = st.tuples(st.sampled_from("ABC"), st.sampled_from("123"))
STEPS = st.lists(
    st.tuples(st.just("add"), PEOPLE)
    | st.tuples(st.sampled_from(["next", "remove", "return"]), st.integers(0, 9)),
    max_size=60,
)  # fmt: skip


class Listener:
    """A job, and what it was told."""

    def __init__(self, group: str = "", owner: str = "", name: str = "a") -> None:
        self.told: list[Queued] = []
        self.job = Job(name, CONFIG, self._listen, lambda _: None, group=group, owner=owner)

    def _listen(self, event: object) -> None:
        assert isinstance(event, Queued)
        self.told.append(event)


def filled(*people: str) -> Queue:
    """A queue with a job for each person, `A1` is person 1 of class A."""
    queue = Queue()
    for number, (group, owner) in enumerate(people):
        queue.append(Listener(group, owner, f"{group}{owner}-{number}").job)
    return queue


def in_order(queue: Queue) -> list[str]:
    """Who starts, in order."""
    return [job.run_id.split("-")[0] for job in queue]


async def test_a_class_that_asks_first_does_not_shut_out_another() -> None:
    queue = filled(*["A1", "A2", "A3", "A4", "A5"], "B1", "C1", "B1")
    assert in_order(queue) == ["A1", "B1", "C1", "A2", "B1", "A3", "A4", "A5"]


async def test_a_person_with_three_trainings_does_not_shut_out_classmates() -> None:
    assert in_order(filled("A1", "A1", "A1", "A2", "A3")) == ["A1", "A2", "A3", "A1", "A1"]


async def test_who_has_had_a_turn_goes_behind_everybody_else() -> None:
    queue = filled("A1", "B1", "A2")
    assert queue.take().run_id.startswith("A1")
    queue.append(Listener("A", "1", "A1-again").job)
    queue.append(Listener("D", "1", "D1").job)
    assert in_order(queue) == ["B1", "A2", "D1", "A1"]


@given(STEPS)
def test_nothing_is_lost_or_started_twice_and_every_place_is_true(steps: list[tuple[str, object]]) -> None:
    asyncio.run(walk(steps))


async def walk(steps: list[tuple[str, object]]) -> None:
    queue = Queue()
    all_jobs: list[Listener] = []
    waiting: list[Listener] = []
    taken: list[Listener] = []
    for what, detail in steps:
        if what == "add":
            assert isinstance(detail, tuple)
            new = Listener(*detail)
            all_jobs.append(new)
            waiting.append(new)
            queue.append(new.job)
        elif what == "next" and waiting:
            first = next(iter(queue))
            assert queue.take() is first
            taken.append(next(one for one in waiting if one.job is first))
            waiting.remove(taken[-1])
        elif what == "remove" and waiting:
            assert isinstance(detail, int)
            gone = waiting.pop(detail % len(waiting))
            before = list(queue)
            queue.remove(gone.job)
            after = list(queue)  # nobody's place becomes worse when somebody else leaves
            assert all(after.index(job) <= before.index(job) for job in after)
        elif what == "return" and taken:
            back = taken.pop()
            queue.give_back(back.job)
            waiting.append(back)
            assert next(iter(queue)) is back.job
        queue.notify_positions()
        order = list(queue)
        assert len(order) == len(queue) == len(waiting)
        assert {id(job) for job in order} == {id(one.job) for one in waiting}
        assert all(one.job in queue for one in waiting)
        for one in waiting:
            place = order.index(one.job)
            own = sum(job.group == one.job.group for job in order[:place])
            assert one.told[-1] == Queued(place + 1, own, place - own)
    assert all(first != second for one in all_jobs for first, second in pairwise(one.told))  # nothing is sent twice


@given(st.lists(PEOPLE, max_size=40), st.lists(st.none() | PEOPLE, max_size=200))
def test_everybody_starts_in_time_whoever_else_arrives(
    early: list[tuple[str, str]], later: list[tuple[str, str] | None]
) -> None:
    """later: who arrives (None: nobody) before each start."""
    asyncio.run(serve(early, later))


async def serve(early: list[tuple[str, str]], later: list[tuple[str, str] | None]) -> None:
    queue, started = Queue(), []
    limits: dict[Job, int] = {}  # the last start that may be the job's
    groups = len({group for group, _ in [*early, *filter(None, later)]})
    arrivals = [*early, *later]
    for turn, person in enumerate([*arrivals, *[None] * len(arrivals)]):
        if person is not None:
            job = Listener(*person, name=str(turn)).job
            queue.append(job)
            waiting = list(queue)
            people = len({one.owner for one in waiting if one.group == job.group})
            own = sum((one.group, one.owner) == person for one in waiting)
            # before each job of a person everybody of the class has at most one turn, before each of those every class
            newcomers = len({owner for group, owner in filter(None, arrivals) if group == job.group})
            limits[job] = len(started) + groups * (people if own == 1 else own * newcomers)
        if turn >= len(early) and queue:
            started.append(queue.take())
            assert len(started) <= limits[started[-1]]
    assert not queue
    assert len(started) == len(limits) == len(set(started))
    for person in {(job.group, job.owner) for job in started}:
        own = [int(job.run_id) for job in started if (job.group, job.owner) == person]
        assert own == sorted(own)  # one's own first job first


@given(st.lists(PEOPLE, min_size=1, max_size=60))
def test_two_classes_that_both_wait_have_equally_many_turns(people: list[tuple[str, str]]) -> None:
    asyncio.run(_count_turns(people))


async def _count_turns(people: list[tuple[str, str]]) -> None:
    queue = Queue()
    for person in people:
        queue.append(Listener(*person).job)
    turns: Counter[str] = Counter()
    while queue:
        waits = {job.group for job in queue}
        counts = [turns[group] for group in waits]
        assert max(counts) - min(counts) <= 1
        turns[queue.take().group] += 1


async def test_a_job_that_starts_at_once_gets_no_position() -> None:
    queue, jobs = Queue(), [Listener("A"), Listener("B"), Listener("A")]
    for one in jobs:
        queue.append(one.job)
    queue.notify_positions(2, [0.0, 0.0, 100.0])
    assert [one.told for one in jobs] == [[], [], [Queued(1, 0, 0, 2)]]  # nobody waits before it


async def test_an_error_in_a_listener_does_not_reach_the_queue() -> None:
    def listen(_: object) -> None:
        raise ValueError

    job = Job("a", CONFIG, listen, lambda _: None)
    queue = Queue()
    queue.append(job)
    queue.notify_positions()
    queue.end_all(JobCancelled())
    assert job.done
    assert not queue
