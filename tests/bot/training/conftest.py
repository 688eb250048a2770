"""Jobs that run in real worker processes but do not import TensorFlow."""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.training import Engine, Job, JobEvent, Started
from trainer.config import Config

JOBS = '''
import errno, os, re, signal, threading, time
from trainer.errors import DatasetError, RunError, TrainingCancelled
from trainer.events import PhaseStarted, Progress

def work(job, on_event, should_stop):
    """The first word of the run's id is what to do, the number of epochs the duration in tenths of a second."""
    what, tenths = job["run_id"].split("-")[0], job["config"]["epochs"]
    on_event(PhaseStarted("train", "practice"))
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "refuse":
        raise DatasetError("dataset_file_broken", name="labels.gz")
    if what == "fail":
        raise ZeroDivisionError("no such\\nluck")
    if what == "memory":
        raise MemoryError
    if what == "disk":
        raise OSError(errno.ENOSPC, "No space left on device")
    if what == "saving":
        raise RunError("cannot_save", path="/some/folder", problem="full") from OSError(errno.ENOSPC, "full")
    if what == "deaf":  # does not look at should_stop, as during the import of TensorFlow
        time.sleep(tenths / 10)
        open(os.path.join(os.environ["ENGINE_TEST_HOME"], "deaf-ended"), "w").close()
        return str(os.getpid()).encode()
    if what == "stuck":  # holds the GIL for ever
        time.sleep(0.3)  # until its first event is sent
        re.match("(a+)+$", "a" * 64 + "b")
    if what == "burn":
        for _ in range(os.cpu_count() or 1):
            threading.Thread(target=burn, args=(time.monotonic() + tenths / 10,)).start()
    for tenth in range(tenths):
        if should_stop():
            raise TrainingCancelled
        on_event(Progress(tenth + 1, tenths, 1, 1, 0.5, 0.5, tenth / 10))
        time.sleep(0.1)
    if what == "environment":
        return repr(sorted(os.environ)).encode()
    return str(os.getpid()).encode()

def burn(end):
    import hashlib
    block = bytes(4_000_000)
    while time.monotonic() < end:
        hashlib.sha256(block).digest()
'''


class Submitted:
    """A submitted job and the events it has sent."""

    def __init__(self, engine: Engine, run_id: str, tenths: int = 1, **whose: str) -> None:
        self.events: list[JobEvent] = []
        self.started = asyncio.Event()
        self.started_at = 0.0
        config = Config(recipe="tutorial", dataset="practice", epochs=tenths, batch_size=32, learning_rate=1.0, seed=1)
        self.job: Job = engine.submit(run_id, config, self._on_event, **whose)

    def _on_event(self, event: JobEvent) -> None:
        self.events.append(event)
        if event == Started():
            self.started_at = time.monotonic()
            self.started.set()

    async def begun(self) -> None:
        async with asyncio.timeout(40):
            await self.started.wait()

    async def outcome(self) -> bytes | Exception:
        try:
            async with asyncio.timeout(60):
                return await self.job.result()
        except Exception as error:
            return error


@pytest.fixture(scope="session")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of the job function; its module's folder is on the path of this process and of its workers."""
    folder = tmp_path_factory.mktemp("jobs")
    (folder / "engine_jobs.py").write_text(JOBS, encoding="utf-8")
    sys.path.insert(0, str(folder))
    return "engine_jobs:work"


@pytest.fixture(scope="session")
def make_settings(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Settings]:
    def make(**given: object) -> Settings:
        values = {"tutor_dataset": "practice", "tutor_workers": 1} | given
        return Settings(_env_file=None, tutor_home=tmp_path_factory.mktemp("home"), **values)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def submit() -> type[Submitted]:
    """submit(engine, "name-of-the-run", tenths)"""
    return Submitted


def pid_of(outcome: bytes | Exception) -> int:
    assert isinstance(outcome, bytes), outcome
    return int(outcome)


@pytest.fixture(scope="session")
def worker_pid() -> Callable[[bytes | Exception], int]:
    """The worker's process id, which every successful job returns."""
    return pid_of


@pytest.fixture
def path_of_children(jobs: str) -> str:
    """PYTHONPATH for a script that uses the job function."""
    return os.pathsep.join([str(Path(__file__).parents[3]), *sys.path])
