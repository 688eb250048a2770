"""What a picture process keeps between two calls, and how long it waits for the data set."""

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import ClassVar

import pytest

from bot.pictures import data
from bot.pictures.tasks import PREDICTORS, _loaded_predictor, _predictor
from tests.trainer.data.mirror import Mirror
from trainer.data import download
from trainer.data.fashion_mnist import FILES
from trainer.errors import DatasetError, RunError
from trainer.runs.folder import Run
from trainer.settings import DatasetChoice, TrainerSettings


class FakePredictor:
    """A network that only counts."""

    loaded: ClassVar[list[str]] = []

    def __init__(self, run: Run) -> None:
        self.loaded.append(run.path.name)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setattr("trainer.steps.predict.Predictor", FakePredictor)
    monkeypatch.setattr("bot.pictures.tasks.open_run", lambda path: Run(path, {}))
    monkeypatch.setattr(FakePredictor, "loaded", [])
    _loaded_predictor.cache_clear()
    yield FakePredictor.loaded
    _loaded_predictor.cache_clear()


def saved(home: Path, name: str) -> Path:
    folder = home / name
    folder.mkdir()
    (folder / "run.json").write_text("{}", encoding="utf-8")
    return folder


def test_a_network_is_loaded_once_for_a_whole_class(tmp_path: Path, loaded: list[str]) -> None:
    run = saved(tmp_path, "run-a")
    assert len({id(_predictor(run)) for _ in range(10)}) == 1
    assert loaded == ["run-a"]
    os.utime(run / "run.json", (1, 1))  # another run of the same name
    _predictor(run)
    assert loaded == ["run-a", "run-a"]


def test_the_networks_least_used_are_forgotten(tmp_path: Path, loaded: list[str]) -> None:
    first, *others = (saved(tmp_path, f"run-{number}") for number in range(PREDICTORS + 1))
    for other in others:
        _predictor(first)
        _predictor(other)
    _predictor(first)
    assert loaded == ["run-0", *(run.name for run in others)]
    _predictor(others[0])
    assert loaded[-1] == "run-1"
    assert len(loaded) == PREDICTORS + 2


def test_a_run_that_is_none_is_tried_again(tmp_path: Path) -> None:
    _loaded_predictor.cache_clear()
    for _ in range(2):
        with pytest.raises(RunError):
            _predictor(tmp_path)
    assert _loaded_predictor.cache_info().misses == 2


@pytest.mark.parametrize("choice", ["auto", "fashion-mnist"])
def test_a_lesson_does_not_wait_for_a_long_download(
    choice: DatasetChoice, practice_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "DOWNLOAD_S", 0.5)
    monkeypatch.setattr(download, "MIRRORS", ())
    copytree(practice_home / "datasets", tmp_path / "datasets")
    with Mirror(dict.fromkeys(FILES, bytes(100_000))) as mirror:
        settings = TrainerSettings(tutor_home=tmp_path, fashion_mnist_mirror=f"{mirror.url}/silent/")
        if choice == "auto":
            assert data.load_in_time(choice, settings).name == "practice"
        else:
            with pytest.raises(DatasetError, match="still being downloaded"):
                data.load_in_time(choice, settings)
    assert mirror.asked
