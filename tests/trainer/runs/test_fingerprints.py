"""Only the network that was saved with a run is loaded; runs of earlier versions open as before."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.programs import call
from trainer.attribution.weights import dense_weights
from trainer.errors import RunError
from trainer.runs.folder import Run, open_run
from trainer.steps.predict import Predictor


@pytest.fixture
def run(practice_run: Run, tmp_path: Path) -> Run:
    """A copy that may be changed, in a home of its own with the same data set."""
    shutil.copytree(practice_run.path.parent.parent / "datasets", tmp_path / "datasets")
    return open_run(shutil.copytree(practice_run.path, tmp_path / "runs" / practice_run.path.name))


def of_another_version(run: Run) -> Run:
    """As an earlier version has saved it."""
    record = {name: value for name, value in run.record.items() if name != "files"}
    (run.path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return open_run(run.path)


def change(path: Path) -> None:
    """Another file that could be loaded all the same: its last byte is not used."""
    path.write_bytes(path.read_bytes() + b"\0")


def test_the_record_names_the_files(run: Run) -> None:
    for name in ("model.keras", "model.tflite"):
        assert run.record["files"][name] == hashlib.sha256((run.path / name).read_bytes()).hexdigest()


def test_predicting(run: Run) -> None:
    image = np.zeros((1, 28, 28), np.uint8)
    assert Predictor(run)(image)
    change(run.path / "model.tflite")
    with pytest.raises(RunError) as caught:
        Predictor(run)
    assert caught.value.key == "run_changed"
    assert Predictor(of_another_version(run))(image)


def test_reasons_and_weights(run: Run) -> None:
    assert dense_weights(run) is not None
    change(run.path / "model.keras")
    with pytest.raises(RunError) as caught:
        dense_weights(run)
    assert caught.value.key == "run_changed"
    assert dense_weights(of_another_version(run)) is not None


def test_evaluating_on_the_command_line(run: Run) -> None:
    home = run.path.parent.parent
    foreign = run.path / "model.keras"
    foreign.write_bytes(b"PK\x03\x04 from the internet")
    for language in ("en", "zh-CN"):
        done = call("trainer", home, "evaluate", TUTOR_LANG=language)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
        assert run.id in done.stderr
        assert "model.keras" in done.stderr


@pytest.mark.parametrize("record", ["nothing", {}, {"model.keras": ""}, []])
def test_an_odd_record_is_no_permission(run: Run, record: object) -> None:
    (run.path / "run.json").write_text(json.dumps(run.record | {"files": record}), encoding="utf-8")
    with pytest.raises(RunError):
        Predictor(open_run(run.path))
