"""The whole tutorial: what it saves, what it draws, and how it fails."""

import argparse
import io
import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from tests.conftest import practice_settings
from trainer import pipeline
from trainer.cli.commands import evaluate
from trainer.confidence.calibration import calibration_error, fit_temperature, negative_log_likelihood
from trainer.data.dataset import Dataset
from trainer.data.fashion_mnist import load_folder
from trainer.errors import RunError
from trainer.events import Event, PhaseStarted
from trainer.loop import twin
from trainer.pipeline import run_tutorial
from trainer.recipes import RECIPES, configure
from trainer.runs.folder import Run
from trainer.settings import TrainerSettings
from trainer.steps.load import load_data
from trainer.steps.predict import Predictor
from trainer.steps.preprocess import scale


def test_the_record(practice_run: Run, practice: Dataset) -> None:
    record = json.loads((practice_run.path / "run.json").read_text(encoding="utf-8"))
    assert record["schema"] == 1
    assert record["id"] == practice_run.path.name
    assert record["seed"] == record["config"]["seed"] == 7
    assert record["dataset"] == {"name": "practice", "sha256": practice.sha256}
    assert record["parameters"] == 101_770
    assert {"python", "tensorflow", "keras", "keras-tutor"} <= set(record["versions"])
    assert record["timings"]["fit_s"] > 0
    assert record["timings"]["curves_s"] > 0
    assert record["timings"]["total_s"] >= record["timings"]["fit_s"] + record["timings"]["curves_s"]
    confusion = np.array(record["metrics"]["confusion"])
    assert record["metrics"]["test_accuracy"] == pytest.approx(np.trace(confusion) / 2000, abs=1e-6)
    assert record["metrics"]["test_accuracy"] > 0.8
    assert len(practice_run.history) == 2
    assert practice_run.history[-1].test_accuracy == pytest.approx(record["metrics"]["test_accuracy"], abs=1e-6)


def test_the_temperature_is_fitted_on_one_half_of_the_test_images_and_reported_on_the_other(
    practice_run: Run, practice: Dataset
) -> None:
    found = practice_run.record["calibration"]
    assert (found["fitted_on"], found["reported_on"]) == ("test[:1000]", "test[1000:]")
    shares, labels = Predictor(practice_run).probabilities(practice.test_images), practice.test_labels
    assert found["temperature"] == pytest.approx(fit_temperature(shares[:1000], labels[:1000]), rel=1e-3)
    assert found["ece_before"] == pytest.approx(calibration_error(shares[1000:], labels[1000:]), abs=1e-4)
    assert practice_run.test_loss == pytest.approx(negative_log_likelihood(shares, labels), abs=1e-3)


def test_the_plots(practice_run: Run) -> None:
    names = {path.name for path in (practice_run.path / "plots").iterdir()}
    kinds = ("samples", "curves", "confusion", "predictions")
    assert names == {f"{kind}.{language}.png" for kind in kinds for language in ("en", "zh-CN")}
    for name in names:
        content = (practice_run.path / "plots" / name).read_bytes()
        image = Image.open(io.BytesIO(content)).convert("L")
        assert 700 <= image.width <= 1500
        assert len(content) < 500_000
        assert np.asarray(image).std() > 5  # not an empty page


def test_the_saved_forms_predict_as_keras_does(practice_run: Run, practice: Dataset) -> None:
    import keras

    model: Any = keras.saving.load_model(practice_run.path / "model.keras")
    images = practice.test_images[:64]
    expected = model.predict(scale(images), verbose=0)
    np.testing.assert_allclose(Predictor(practice_run).probabilities(images), expected, atol=1e-4)
    one = Predictor(practice_run)(images[:1])[0]
    assert one.label == expected[0].argmax()


def test_an_out_that_cannot_be_written(tmp_path: Path, practice_home: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    config = configure(dataset="practice", epochs=1, seed=1)
    settings = TrainerSettings(_env_file=None, tutor_home=practice_home)  # pyright: ignore[reportCallIssue]
    with pytest.raises(RunError) as caught:
        run_tutorial(config, out=tmp_path / "file" / "run", run_id="a", settings=settings)
    assert str(tmp_path / "file" / "run") in caught.value.sentence("en")


def test_a_full_disk_while_saving(tmp_path: Path, practice_home: Path) -> None:
    """The system refuses to write the model: it is larger than what may be written."""
    if sys.platform == "win32":
        pytest.skip("Windows has no limit on the size of a file")
    import resource

    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)

    def nearly_full(event: Event) -> None:
        if sys.platform != "win32" and event == PhaseStarted("save", "practice"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, unlimited[1]))

    config = configure(dataset="practice", epochs=1, batch_size=1024, seed=1)
    settings = TrainerSettings(_env_file=None, tutor_home=practice_home)  # pyright: ignore[reportCallIssue]
    out = tmp_path / "runs" / "a"
    try:
        with pytest.raises(RunError, match="File too large") as caught:
            run_tutorial(config, out=out, run_id="a", settings=settings, on_event=nearly_full)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert str(out) in caught.value.sentence("zh-CN")
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.slow
def test_the_tutorial_on_the_real_data_set(real_data: Path, tmp_path: Path) -> None:
    """One default training; the tutorial's network reaches 0.88 with a spread of half a point between seeds."""
    settings = TrainerSettings(_env_file=None, tutor_home=tmp_path, fashion_mnist_dir=real_data)  # pyright: ignore[reportCallIssue]
    config = configure(dataset="fashion-mnist", seed=1)
    run = run_tutorial(config, out=tmp_path / "run", run_id="real", settings=settings)
    assert 0.865 < run.test_accuracy < 0.9
    assert run.dataset == "fashion-mnist"
    assert len(run.history) == 10
    images = load_folder(real_data).test_images
    predictor = Predictor(run)
    inverted = predictor(255 - images[:200])
    assert np.mean([one.far for one in inverted]) > 0.95  # sure of itself, and nevertheless recognised as strange
    assert np.mean([one.far for one in predictor(images[:1000])]) < 0.05


@pytest.mark.slow
def test_another_recipe_with_every_change(
    practice_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was held out is reported, and the light form answers as the mirrored network that was measured."""
    config = configure(recipe="fast", dataset="practice", epochs=1, augment=True, seed=3)
    settings = TrainerSettings(_env_file=None, tutor_home=practice_home)  # pyright: ignore[reportCallIssue]
    run = run_tutorial(config, out=tmp_path / "run", run_id="run", settings=settings)
    assert run.record["config"]["augment"] is True
    assert run.record["validation"]["images"] == 1000
    assert 0.1 < run.record["validation"]["accuracy"] < 1
    assert run.record["calibration"]["fitted_on"] == "validation"
    assert run.record["calibration"]["images"] == 1000
    assert run.record["calibration"]["reported_on"] == "test"
    images = load_data("practice", settings=settings).test_images[:50]
    model: Any = keras.saving.load_model(run.path / "model.keras")
    ours = Predictor(run).probabilities(images)
    np.testing.assert_allclose(ours, model.predict(scale(images), verbose=0), atol=1e-4)
    if RECIPES["fast"].mirrored:
        mirror = Predictor(run).probabilities(images[:, :, ::-1].copy())
        np.testing.assert_allclose(ours, mirror, atol=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # Keras warns about an optimizer that does not fit
        assert evaluate.run(argparse.Namespace(run=str(run.path)), settings) == 0
    assert f"{run.test_accuracy:.4f}" in capsys.readouterr().out


def test_a_training_does_not_depend_on_the_one_before(practice_home: Path, tmp_path: Path) -> None:
    """In one process the second uses what was compiled for the first, and nothing that it learned."""
    settings = TrainerSettings(_env_file=None, tutor_home=practice_home)  # pyright: ignore[reportCallIssue]
    runs = [
        run_tutorial(
            configure(dataset="practice", epochs=1, learning_rate=rate, seed=seed),
            out=tmp_path / f"{turn}",
            run_id=f"{turn}",
            settings=settings,
        )
        for turn, (seed, rate) in enumerate(((1, 0.001), (2, 0.01), (1, 0.001)))
    ]
    assert not (runs[0].path / "plots").exists()  # no language was asked for
    first, other, again = (run.record["metrics"] for run in runs)
    # The loss while training is added up call by call, and how many steps a call does depends on the clock.
    assert first.pop("train_loss") == pytest.approx(again.pop("train_loss"), rel=1e-6)
    assert first == again
    assert first["test_loss"] != other["test_loss"]


def test_a_training_after_the_warm_up_is_the_same(
    practice_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It uses what was compiled in advance, and nothing of the step that was made for it."""
    known: dict[str, Any] = {}
    monkeypatch.setattr(twin, "_twins", known)
    settings = practice_settings(practice_home)

    def trained(name: str) -> Run:
        config = configure(dataset="practice", epochs=1, seed=5)
        return run_tutorial(config, out=tmp_path / name, run_id=name, settings=settings)

    alone = trained("alone")
    known.clear()
    pipeline.warm_up(settings)
    assert not known  # the practice set has another size
    monkeypatch.setattr(pipeline, "dataset_ready", lambda _: True)
    pipeline.warm_up(settings.model_copy(update={"tutor_dataset": "auto"}))
    (compiled,) = known.values()
    after = trained("after")
    assert [*known.values()] == [compiled]
    assert alone.metrics.pop("train_loss") == pytest.approx(after.metrics.pop("train_loss"), rel=1e-6)
    assert alone.metrics == after.metrics
    models: list[Any] = [keras.saving.load_model(run.path / "model.keras") for run in (alone, after)]
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(one, other)


def test_importing_the_pipeline_imports_no_plots() -> None:
    code = "import sys, trainer.pipeline; print([name for name in sys.modules if name.startswith('trainer.plots')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
