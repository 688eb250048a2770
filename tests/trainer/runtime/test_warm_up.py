"""What is done before the first training changes nothing in it."""

import gc
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.conftest import practice_settings
from trainer.pipeline import run_tutorial
from trainer.recipes import configure
from trainer.runs.folder import Run
from trainer.runtime import warm_up
from trainer.runtime.warm_up import compile_default, import_pipeline, is_default, prepare
from trainer.steps import build as building


def test_importing_again_leaves_the_garbage_collector_alone() -> None:
    frozen = gc.get_freeze_count()
    assert import_pipeline().run_tutorial is run_tutorial
    assert gc.isenabled()
    assert gc.get_freeze_count() == frozen


def test_a_training_after_it_is_the_same(practice_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one uses the network that was compiled in advance, and nothing of its one step."""
    spare: dict[str, keras.Model] = {}
    monkeypatch.setattr(building, "_SPARE", spare)

    def trained(name: str) -> Run:
        config = configure(dataset="practice", epochs=1, seed=5)
        return run_tutorial(config, out=tmp_path / name, run_id=name, settings=practice_settings(practice_home))

    alone = trained("alone")
    spare.clear()
    compile_default()
    (compiled,) = spare.values()
    after = trained("after")
    assert spare["tutorial"] is compiled
    assert alone.metrics.pop("train_loss") == pytest.approx(after.metrics.pop("train_loss"), rel=1e-6)
    assert alone.metrics == after.metrics
    models: list[Any] = [keras.saving.load_model(run.path / "model.keras") for run in (alone, after)]
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("options", "default"),
    [
        ({}, True),
        ({"epochs": 3, "learning_rate": 0.1, "augment": True}, True),
        ({"batch_size": 64}, False),
        ({"recipe": "fast"}, False),
    ],
)
def test_what_is_compiled_in_advance(options: dict[str, Any], default: bool) -> None:
    assert is_default(configure(**options)) is default


def test_nothing_is_compiled_for_the_practice_set(practice_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(warm_up, "compile_default", lambda: compiled.append("here"))
    monkeypatch.setattr(warm_up.subprocess, "Popen", lambda *_, **__: compiled.append("elsewhere"))
    monkeypatch.setattr(warm_up, "prepare_xla", lambda _: None)
    prepare(practice_settings(practice_home))
    assert compiled == []
