"""The engine with one real worker process, and everything that can happen to a job in it."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from bot.errors import ClassroomError
from bot.settings import Settings
from bot.training import Engine, JobCancelled, JobFailed, Queued, Started, WorkerDied, dispatcher
from trainer.errors import DatasetError, TutorError
from trainer.events import PhaseStarted, Progress

pytestmark = pytest.mark.asyncio(loop_scope="module")
Submit = Callable[..., Any]
Pid = Callable[[bytes | Exception], int]


def workers_of(home: Path) -> list[psutil.Process]:
    """The processes that were started for this home."""
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if child.is_running() and str(home) in child.environ().get("ENGINE_TEST_HOME", "")
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(make_settings: Callable[..., Settings], jobs: str, submit: Submit) -> AsyncIterator[Engine]:
    """One engine for the whole module; two jobs are submitted before it is started."""
    settings = make_settings()
    dead = settings.tutor_home / "dask" / "engine-dead"
    dead.mkdir(parents=True)
    os.utime(dead, (0, 0))  # left by a bot that was killed long ago
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISCORD_TOKEN", "very-secret")
        patch.setenv("ENGINE_TEST_HOME", str(settings.tutor_home))
        patch.setattr(dispatcher, "JOBS_PER_WORKER", 1000)
        engine = Engine(settings, task=jobs, warm=False)
        early, second = submit(engine, "early", 5), submit(engine, "second")
        assert (early.events, second.events) == ([Queued(1)], [Queued(2, own=1)])
        await engine.start()
        assert engine.ready.is_set()
        assert await early.outcome() == await second.outcome()
        assert second.events[:3] == [Queued(2, own=1), Queued(1), Started()]
        assert not dead.exists()
        yield engine
        await engine.close()


async def test_a_job_sends_events_and_ends(engine: Engine, submit: Submit, worker_pid: Pid) -> None:
    job = submit(engine, "plain", 3)
    assert worker_pid(await job.outcome()) != os.getpid()
    kinds = [type(event) for event in job.events]
    assert kinds == [Started, PhaseStarted, Progress, Progress, Progress]
    assert job.events[2] == Progress(1, 3, 1, 1, 0.5, 0.5, 0.0)


async def test_one_runs_and_the_others_know_their_positions(engine: Engine, submit: Submit) -> None:
    first, second, third = (submit(engine, name, 4) for name in ("first", "second", "third"))
    await first.begun()
    assert (second.events, third.events) == ([Queued(1)], [Queued(2, own=1)])
    second.job.cancel()
    assert second.job.done  # at once
    assert third.events == [Queued(2, own=1), Queued(1)]
    assert isinstance(await second.outcome(), JobCancelled)
    assert isinstance(await first.outcome(), bytes)
    assert isinstance(await third.outcome(), bytes)
    assert Started() not in second.events


async def test_classes_take_turns_and_the_start_is_expected_once_it_was_measured(
    engine: Engine, submit: Submit
) -> None:
    running = submit(engine, "running", 7, group="A", owner="1")  # nobody else trains for 7 tenths
    await running.begun()
    waiting = [submit(engine, name, 7, group=name[0], owner=name[1]) for name in ("A1-x", "A1-y", "A2-x", "B1-x")]
    mine, again, classmate, other_class = waiting
    assert [one.events[-1] for one in waiting] == [
        Queued(1), Queued(4, own=2, others=1), Queued(3, own=1, others=1), Queued(2, others=1),
    ]  # fmt: skip
    await asyncio.gather(*(one.outcome() for one in waiting))
    kinds = [event for event in other_class.events if isinstance(event, Queued)]
    assert kinds[0] == Queued(2, others=1)
    assert kinds[-1] == Queued(1, minutes=0)  # the first one has finished: 0.7 s, and what a worker needs for it
    starts = [one.started_at for one in (mine, other_class, classmate, again)]
    assert starts == sorted(starts)


async def test_a_running_job_stops_at_once(engine: Engine, submit: Submit) -> None:
    running = submit(engine, "long", 300)
    await running.begun()
    clicked = time.monotonic()
    running.job.cancel()
    running.job.cancel()  # a second click
    assert isinstance(await running.outcome(), JobCancelled)
    took_s = time.monotonic() - clicked
    print(f"a running job was stopped {took_s * 1000:.0f} ms after the click")
    assert took_s < 1
    assert isinstance(await submit(engine, "next").outcome(), bytes)


async def test_a_cancelled_job_that_does_not_react_keeps_its_worker_until_it_ends(
    engine: Engine, submit: Submit, worker_pid: Pid
) -> None:
    """As during the import of TensorFlow: the job ends within a second, and its process is used again."""
    before = worker_pid(await submit(engine, "before").outcome())
    deaf = submit(engine, "deaf", 23)
    await deaf.begun()
    clicked = time.monotonic()
    deaf.job.cancel()
    after = submit(engine, "after")
    assert isinstance(await deaf.outcome(), JobCancelled)
    assert time.monotonic() - clicked < 2
    assert dispatcher.CANCEL_ANSWER_S < 1
    await after.begun()
    assert (engine._settings.tutor_home / "deaf-ended").exists()  # it waited for the other one to leave the worker
    assert worker_pid(await after.outcome()) == before


@pytest.mark.parametrize(
    ("run_id", "kind", "key"),
    [
        ("refuse", DatasetError, "dataset_file_broken"),
        ("memory", ClassroomError, "training_memory"),
        ("disk", ClassroomError, "training_disk"),
        ("saving", ClassroomError, "training_disk"),
    ],
)
async def test_an_error_with_a_remedy_arrives_as_a_sentence(
    engine: Engine, submit: Submit, run_id: str, kind: type[TutorError], key: str
) -> None:
    ended = await submit(engine, run_id).outcome()
    assert isinstance(ended, kind)
    assert ended.key == key
    for language in ("en", "zh-CN"):
        assert "Traceback" not in ended.sentence(language)
        assert len(ended.sentence(language)) > 10


async def test_anything_else_arrives_as_one_line(engine: Engine, submit: Submit) -> None:
    ended = await submit(engine, "fail").outcome()
    assert isinstance(ended, JobFailed)
    assert str(ended) == "ZeroDivisionError: no such luck"


async def test_no_secret_reaches_a_worker(engine: Engine, submit: Submit) -> None:
    names = await submit(engine, "environment").outcome()
    assert isinstance(names, bytes)
    assert b"'PATH'" in names
    assert b"DISCORD_TOKEN" not in names


async def test_the_workers_listen_on_this_machine_only(engine: Engine, submit: Submit) -> None:
    await submit(engine, "up").outcome()
    addresses = {
        connection.laddr.ip
        for process in workers_of(engine._settings.tutor_home)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


async def test_a_worker_that_dies_fails_only_its_own_job(engine: Engine, submit: Submit, worker_pid: Pid) -> None:
    before = worker_pid(await submit(engine, "before").outcome())
    dies, survives, last = (submit(engine, name) for name in ("die", "after", "last"))
    assert isinstance(await dies.outcome(), WorkerDied)
    assert worker_pid(await survives.outcome()) != before
    assert isinstance(await last.outcome(), bytes)


async def test_a_worker_is_replaced_after_many_jobs_while_no_job_waits(
    engine: Engine, submit: Submit, worker_pid: Pid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "JOBS_PER_WORKER", 1)
    first, second = submit(engine, "first"), submit(engine, "second")
    worn = worker_pid(await first.outcome())
    assert worker_pid(await second.outcome()) == worn  # the second job waited
    assert engine._dispatcher is not None
    async with asyncio.timeout(30):
        while not any(slot.work and not slot.job for slot in engine._dispatcher._slots.values()):
            await asyncio.sleep(0.01)
    monkeypatch.setattr(dispatcher, "JOBS_PER_WORKER", 1000)
    new = submit(engine, "new")
    assert worker_pid(await new.outcome()) != worn
    assert Started() in new.events


async def test_a_worker_that_hangs_is_replaced(engine: Engine, submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher, "CANCEL_PATIENCE_S", 2.0)
    stuck, after = submit(engine, "stuck"), submit(engine, "after")
    await stuck.begun()
    clicked = time.monotonic()
    stuck.job.cancel()
    assert isinstance(await stuck.outcome(), JobCancelled)
    assert time.monotonic() - clicked < 2
    assert isinstance(await after.outcome(), bytes)
    print(f"the next job was done {time.monotonic() - clicked:.1f} s after the click")


async def test_closing_ends_everything_and_leaves_nothing(engine: Engine, submit: Submit) -> None:
    """The last one of the module."""
    home = engine._settings.tutor_home
    running, waiting = submit(engine, "long", 300), submit(engine, "waits")
    await running.begun()
    processes = workers_of(home)
    assert len(processes) >= 2
    began = time.monotonic()
    await engine.close()
    took_s = time.monotonic() - began
    print(f"closed in {took_s:.2f} s")
    assert took_s < 5
    assert isinstance(await running.outcome(), JobCancelled)
    assert isinstance(await waiting.outcome(), JobCancelled)
    assert isinstance(await submit(engine, "late").outcome(), JobCancelled)
    _, alive = psutil.wait_procs(processes, timeout=1)
    assert alive == []
    assert list((home / "dask").iterdir()) == []
