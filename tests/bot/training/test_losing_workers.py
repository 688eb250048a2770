"""The cluster can die, be missing at the start, or run on another machine."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.errors import ClassroomError, SettingsError
from bot.settings import Settings
from bot.training import Engine, JobCancelled, Queued, WorkerDied, connection, local
from bot.training.local import LocalWorkers
from trainer.errors import TutorError

Submit = Callable[..., Any]


def processes(settings: Settings, kind: str) -> list[psutil.Process]:
    """`cluster`: the process with the scheduler and the nannies; `worker`: the workers themselves."""
    word = {"cluster": "bot.training.cluster", "worker": "spawn_main"}[kind]
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            ours = child.environ().get("ENGINE_TEST_HOME") == str(settings.tutor_home)
            if ours and word in " ".join(child.cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


async def test_the_engine_starts_its_workers_again(
    make_settings: Callable[..., Settings], jobs: str, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First a nanny gives up its worker, then the cluster is killed; the queue goes on both times."""
    settings = make_settings()
    monkeypatch.setenv("ENGINE_TEST_HOME", str(settings.tutor_home))
    monkeypatch.setattr(local, "NANNY_LOST_S", 0.5)
    engine = Engine(settings, task=jobs, warm=False)
    await engine.start()
    try:
        running = submit(engine, "long", 600)
        await running.begun()
        waiting = submit(engine, "waits")
        (worker,) = processes(settings, "worker")
        (scratch,) = (settings.tutor_home / "dask").glob("engine-*/dask-scratch-space")
        scratch.rename(scratch.with_name("moved"))
        scratch.write_bytes(b"")  # no new worker can make its folder
        worker.kill()
        await logged(settings, "Failed to restart worker")
        scratch.unlink()
        assert isinstance(await running.outcome(), WorkerDied)
        assert isinstance(await waiting.outcome(), bytes)
        await logged(settings, "they are replaced")

        running = submit(engine, "long", 600)
        await running.begun()
        waiting = submit(engine, "waits")
        (cluster,) = processes(settings, "cluster")
        cluster.kill()
        assert isinstance(await running.outcome(), WorkerDied)
        assert not waiting.job.done
        assert isinstance(await waiting.outcome(), bytes)
        assert len(processes(settings, "worker")) == 1  # the old one ended with its cluster
    finally:
        await engine.close()
    assert processes(settings, "worker") == processes(settings, "cluster") == []


async def logged(settings: Settings, text: str) -> None:
    """Wait until `text` is in the workers' log."""
    async with asyncio.timeout(30):
        while text not in (settings.tutor_home / "logs" / "workers.log").read_text(encoding="utf-8"):
            await asyncio.sleep(0.05)


async def test_workers_elsewhere(
    make_settings: Callable[..., Settings], jobs: str, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By address: the same engine with workers that are reached, lost, and not reached."""
    monkeypatch.setattr(connection, "CONNECT_S", 0.5)
    elsewhere = LocalWorkers(make_settings(tutor_workers=2))
    address = await elsewhere.start()
    try:
        engine = Engine(make_settings(dask_scheduler_address=address), task=jobs, warm=False)
        await engine.start()
        first, second = submit(engine, "first", 600), submit(engine, "second", 600)
        await first.begun()
        await second.begun()  # both at once
        third = submit(engine, "third")
        assert third.events == [Queued(1)]
        first.job.cancel()
        assert isinstance(await first.outcome(), JobCancelled)
        used = await third.outcome()
        assert isinstance(used, bytes)
        await engine.close()
        assert isinstance(await second.outcome(), JobCancelled)

        # the workers are not the engine's: they go on, and were asked to stop
        engine = Engine(make_settings(dask_scheduler_address=address), task=jobs, warm=False)
        await engine.start()
        again = [submit(engine, name) for name in ("one", "two")]
        assert used in [await job.outcome() for job in again]
        running = submit(engine, "long", 600)
        await running.begun()
    finally:
        await elsewhere.stop()
    assert isinstance(await running.outcome(), WorkerDied)
    await engine.close()
    await no_scheduler(make_settings(dask_scheduler_address=address), submit)


async def no_scheduler(settings: Settings, submit: Submit) -> None:
    engine = Engine(settings, warm=False)
    early = submit(engine, "early")
    with pytest.raises(ClassroomError, match="DASK_SCHEDULER_ADDRESS"):
        await engine.start()
    for job in (early, submit(engine, "late")):
        ended = await job.outcome()
        assert isinstance(ended, ClassroomError)
        assert ended.key == "workers_unreachable"
    await engine.close()


@pytest.mark.parametrize("address", ["tcp://10.1.2.3:8786", "10.1.2.3:8786", "ws://example.org:80", "ucx://h:1"])
async def test_an_address_that_is_open_to_all_is_refused(
    make_settings: Callable[..., Settings], submit: Submit, address: str
) -> None:
    engine = Engine(make_settings(dask_scheduler_address=address))
    early = submit(engine, "early")
    with pytest.raises(SettingsError, match="tls://"):
        await engine.start()
    assert isinstance(await early.outcome(), SettingsError)
    await engine.close()


@pytest.mark.parametrize("address", [None, "tls://10.1.2.3:8786", "tcp://127.0.0.1:8786", "localhost:8786", "[::1]:1"])
def test_an_address_that_is_not_is_accepted(address: str | None) -> None:
    connection.check_address(address)


async def test_workers_that_cannot_start_are_a_sentence(make_settings: Callable[..., Settings], submit: Submit) -> None:
    settings = make_settings()
    (settings.tutor_home / "dask").write_bytes(b"")  # where a folder has to be
    engine = Engine(settings, warm=False)
    job = submit(engine, "early")
    with pytest.raises(ClassroomError, match="logs"):
        await engine.start()
    assert isinstance(await job.outcome(), ClassroomError)
    assert "NotADirectoryError" in (settings.tutor_home / "logs" / "workers.log").read_text(encoding="utf-8")
    await engine.close()


async def test_closing_in_the_middle_of_starting(
    make_settings: Callable[..., Settings], submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings()
    monkeypatch.setenv("ENGINE_TEST_HOME", str(settings.tutor_home))
    engine = Engine(settings, warm=False)
    starting = asyncio.create_task(engine.start())
    job = submit(engine, "early")
    async with asyncio.timeout(30):
        while not processes(settings, "cluster"):
            await asyncio.sleep(0.01)
    await engine.close()
    await starting
    assert isinstance(await job.outcome(), JobCancelled)
    assert processes(settings, "cluster") == processes(settings, "worker") == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("imported", "key"),
    [
        ("os.kill(os.getpid(), signal.SIGILL)", "processor_unsuitable"),
        ("print('pthread_create() failed', file=sys.stderr, flush=True); os.abort()", "processes_few"),
        ("os.kill(os.getpid(), signal.SIGKILL) if 'multiprocessing' in sys.modules else None", None),  # a worker only
    ],
)
async def test_why_a_worker_dies_before_it_trains(
    make_settings: Callable[..., Settings], submit: Submit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    imported: str, key: str | None,
) -> None:  # fmt: skip
    """The machine cannot run TensorFlow, or something else has killed the worker, e.g. for want of memory."""
    number = "class constant(int): pass\n"
    (tmp_path / "tensorflow.py").write_text(f"import os, signal, sys\n{imported}\n{number}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    engine = Engine(make_settings(), warm=False)
    await engine.start()
    try:
        ended = await submit(engine, "dies").outcome()
    finally:
        await engine.close()
    assert (ended.key if isinstance(ended, TutorError) else None) == key
    assert isinstance(ended, TutorError | WorkerDied)
