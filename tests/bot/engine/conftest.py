"""Jobs without TensorFlow, in real worker processes."""

from pathlib import Path

import pytest

from bot.settings import Settings

JOBS = '''
import os, signal, time
from trainer.errors import DatasetError, TrainingCancelled
from trainer.events import PhaseStarted, Progress

def work(job, on_event, should_stop):
    """The run's recipe says what to do; its number of epochs, for how many tenths of a second."""
    what = job["run_id"].split("-")[0]
    on_event(PhaseStarted("train", "practice"))
    for tenth in range(job["config"]["epochs"]):
        if should_stop() and what != "deaf":
            raise TrainingCancelled
        on_event(Progress(tenth + 1, job["config"]["epochs"], 1, 1, 0.5, 0.5, tenth / 10))
        time.sleep(0.1)
        if what == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "refuse":
            raise DatasetError("dataset_file_broken", name="labels")
        if what == "fail":
            raise ZeroDivisionError("no such luck")
    return job["run_id"].encode()
'''


@pytest.fixture(scope="session")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of the job function; its module's folder is on the path of this process and its children."""
    import sys

    folder = tmp_path_factory.mktemp("jobs")
    (folder / "engine_jobs.py").write_text(JOBS, encoding="utf-8")
    sys.path.insert(0, str(folder))  # multiprocessing gives spawned children the parent's path
    return "engine_jobs:work"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, tutor_home=tmp_path, tutor_dataset="practice", tutor_workers=1)  # pyright: ignore[reportCallIssue]
