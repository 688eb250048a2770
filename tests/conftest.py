"""Fixtures that several rooms need. No test reads the user's own settings, cache or network."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from trainer.data.dataset import Dataset
from trainer.recipes import configure
from trainer.runs.folder import Run
from trainer.settings import NAMES, TrainerSettings, prepare_home
from trainer.steps.load import load_data

# For the tests that measure on the real data set; nothing else may find it by accident.
REAL_DATA = os.environ.get("FASHION_MNIST_DIR")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name in NAMES or name.startswith("TUTOR_"):
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
def practice_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TUTOR_HOME in which the practice set lies drawn."""
    home = tmp_path_factory.mktemp("practice-home")
    load_data("practice", settings=practice_settings(home))
    return home


@pytest.fixture(scope="session")
def practice(practice_home: Path) -> Dataset:
    """The practice set."""
    return load_data("practice", settings=practice_settings(practice_home))


@pytest.fixture(scope="session")
def practice_run(practice_home: Path) -> Run:
    """A run of two epochs on the practice set, really trained; made once."""
    from trainer.pipeline import run_tutorial

    config = configure(dataset="practice", epochs=2, seed=7)
    settings = practice_settings(practice_home)
    out = practice_home / "runs" / "20261124-101500-abcd"
    return run_tutorial(config, out=out, run_id=out.name, settings=settings, languages=("en", "zh-CN"))


def practice_settings(home: Path) -> TrainerSettings:
    return TrainerSettings(_env_file=None, tutor_home=home, tutor_dataset="practice")  # pyright: ignore[reportCallIssue]
