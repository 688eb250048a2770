"""Fixtures that several rooms need. No test reads the user's own settings, cache or network."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from trainer.data.dataset import Dataset
from trainer.recipes import configure
from trainer.runs.folder import Run, open_run
from trainer.settings import NAMES, TrainerSettings, prepare_home
from trainer.steps.load import load_data

# Nothing is by chance: neither the examples of a property, nor whether a busy machine computes them in time.
settings.register_profile("the same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("the same")

# The files that take longest. They come first, so that no process is left alone with one of them at the end.
LONGEST = (
    "bot/discord/test_train.py",
    "bot/terminal/test_session.py",
    "trainer/test_pipeline.py",
    "bot/discord/test_network_trouble.py",
    "trainer/photo/test_style.py",
    "bot/discord/test_staying_up.py",
    "bot/pictures/test_processes.py",
    "trainer/test_main.py",
    "bot/terminal/test_interruptions.py",
    "trainer/confidence/test_familiarity.py",
    "trainer/photo/test_guard.py",
    "bot/discord/test_explain.py",
    "bot/training/test_losing_workers.py",
    "bot/training/test_engine.py",
    "trainer/plots/test_run.py",
    "trainer/plots/test_lessons.py",
    "bot/discord/test_accuracy.py",
    "bot/training/test_killing_the_bot.py",
    "bot/commands/test_contributing.py",
)

# For the tests that measure on the real data set; nothing else may find it by accident.
REAL_DATA = os.environ.get("FASHION_MNIST_DIR")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(LONGEST)))


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper() in NAMES or name.startswith("TUTOR_"):
                patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("user")))
        prepare_home(tmp_path_factory.mktemp("libraries"))
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real data set; without FASHION_MNIST_DIR the test is skipped."""
    if not REAL_DATA:
        pytest.skip("FASHION_MNIST_DIR is not set: the real data set is not here")
    return Path(REAL_DATA).absolute()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all processes of this test run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """The folder, made by the first process that needs it: `make` gets the path to write to."""
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            make(unfinished)
            unfinished.rename(folder)
    return folder


@pytest.fixture(scope="session")
def practice_home(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """A TUTOR_HOME of this process in which the practice set lies drawn."""
    drawn = made_once(shared / "practice", lambda home: load_data("practice", settings=practice_settings(home)))
    home = tmp_path_factory.mktemp("practice-home")
    copytree(drawn / "datasets", home / "datasets")
    return home


@pytest.fixture(scope="session")
def practice(practice_home: Path) -> Dataset:
    """The practice set."""
    return load_data("practice", settings=practice_settings(practice_home))


@pytest.fixture(scope="session")
def practice_run(practice_home: Path, shared: Path) -> Run:
    """A run of two epochs on the practice set in `practice_home`, really trained, once for all processes."""
    out = practice_home / "runs" / "20261124-101500-abcd"

    def train(folder: Path) -> None:
        from trainer.pipeline import run_tutorial

        config, home = configure(dataset="practice", epochs=2, seed=7), practice_settings(practice_home)
        run_tutorial(config, out=folder, run_id=out.name, settings=home, languages=("en", "zh-CN"))

    copytree(made_once(shared / "practice-run", train), out)
    return open_run(out)


def practice_settings(home: Path) -> TrainerSettings:
    return TrainerSettings(_env_file=None, tutor_home=home, tutor_dataset="practice")  # pyright: ignore[reportCallIssue]
