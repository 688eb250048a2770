"""What a picture process keeps between two calls."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from bot.pictures.tasks import PREDICTORS, _loaded_predictor, _predictor
from trainer.errors import RunError
from trainer.runs.folder import Run


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
