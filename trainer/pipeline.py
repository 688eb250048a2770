"""The whole tutorial in its order: load, scale, build, compile, train, evaluate, and save the run.

The regions between `# [step]` and `# [/step]` are what the lessons show; run one after the other they are the tutorial.
"""

import contextlib
import io
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf

from trainer import familiarity, plots
from trainer.augment import ROBUST, augmentation
from trainer.build import build, hand_back, mirrored, recipe_module
from trainer.calibrate import calibration
from trainer.compile import compile_model
from trainer.config import Config
from trainer.errors import RunError
from trainer.evaluate import Evaluation, StopWhenAsked, evaluate
from trainer.events import EpochEnded, Event, PhaseStarted
from trainer.language import Language
from trainer.load import Dataset, load_data, split
from trainer.preprocess import scale
from trainer.recipes import RECIPES
from trainer.robustness import robustness
from trainer.runs import SCHEMA_VERSION, Run, new_run_folder, open_run, write_history, write_record
from trainer.settings import TrainerSettings
from trainer.train import train
from trainer.versions import machine, versions

_PREDICTIONS: Final = 15  # the tutorial's grid of five rows and three columns


@dataclass
class _Timer:
    """Seconds of each part, as run.json records them."""

    began: float
    seconds: dict[str, float]

    def lap(self, part: str) -> None:
        now = time.perf_counter()
        self.seconds[f"{part}_s"] = round(now - self.began, 3)
        self.began = now


def run_tutorial(
    config: Config,
    *,
    out: Path,
    run_id: str,
    settings: TrainerSettings | None = None,
    languages: Sequence[Language] = ("en",),
    on_event: Callable[[Event], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Run every step and save the run as the folder `out`.

    Raises DatasetError, DivergedError, TrainingCancelled, or RunError when `out` cannot be written; then nothing is
    left behind.
    """
    timer = _Timer(time.perf_counter(), {})
    with _saving_into(out) as folder, _beside() as beside:
        on_event(PhaseStarted("load"))
        # [load]
        dataset = load_data(config.dataset, settings=settings)
        # [/load]
        timer.lap("load")
        on_event(PhaseStarted("build", dataset.name))
        recipe = RECIPES[config.recipe]
        images = split(dataset, validation=recipe.validation)
        # [preprocess]
        test_images = scale(dataset.test_images)
        # [/preprocess]
        # [build]
        model = build(config.recipe, config.seed)
        # [/build]
        steps = config.epochs * math.ceil(len(images.train_images) / config.batch_size)
        # [compile]
        compile_model(model, recipe_module(config.recipe).optimizer(config.learning_rate, steps))
        # [/compile]
        timer.lap("build")
        on_event(PhaseStarted("train", dataset.name))
        # [train]
        history = train(
            model,
            images.train_images,
            images.train_labels,
            epochs=config.epochs,
            batch_size=config.batch_size,
            seed=config.seed,
            test=(dataset.test_images, dataset.test_labels),
            augment=augmentation(ROBUST if config.augment else recipe.changes, config.seed),
            on_event=on_event,
            should_stop=should_stop,
        )
        # [/train]
        timer.lap("fit")
        curves_s = sum(epoch.test_s for epoch in history)
        remembered = beside.submit(_remembered, dataset)  # not earlier: it would hold up the training
        on_event(PhaseStarted("evaluate", dataset.name))
        trained = model
        if recipe.mirrored:
            model = mirrored(trained)
            compile_model(model, keras.optimizers.Adam())  # for loss and metric; it is trained no further
        # [evaluate]
        evaluation = evaluate(model, test_images, dataset.test_labels, [StopWhenAsked(should_stop)])
        # [/evaluate]
        validation, held_out = None, None
        if len(images.validation_images):
            validation = evaluate(model, scale(images.validation_images), images.validation_labels)
            held_out = validation.probabilities, images.validation_labels
        calibrated = calibration((evaluation.probabilities, dataset.test_labels), held_out)
        robust = robustness(model, dataset.test_images, dataset.test_labels)
        timer.lap("evaluate")
        on_event(PhaseStarted("save", dataset.name))
        drawn = [beside.submit(_draw, dataset, history, evaluation, language) for language in languages]
        save_model(model, folder)
        (folder / "familiarity.npz").write_bytes(remembered.result())
        (folder / "plots").mkdir()
        for language, pictures in zip(languages, drawn, strict=True):
            for name, picture in pictures.result().items():
                (folder / "plots" / f"{name}.{language}.png").write_bytes(picture)
        timer.lap("save")
        write_history(folder / "history.csv", history)
        timings = {**timer.seconds, "total_s": round(sum(timer.seconds.values()), 3)}
        # `fit_s` is training alone; the test images' curves, which are only shown, took their own time of it.
        timings |= {"fit_s": round(timings["fit_s"] - curves_s, 3), "curves_s": round(curves_s, 3)}
        write_record(
            folder / "run.json",
            _record(config, run_id, model, dataset, history, evaluation, validation, calibrated, robust, timings),
        )
    hand_back(config.recipe, trained)
    return open_run(out)


@contextlib.contextmanager
def _beside() -> Iterator[ThreadPoolExecutor]:
    """A thread for what can be done while the network is measured and saved; whoever stops need not wait for it."""
    executor = ThreadPoolExecutor(1, thread_name_prefix="beside")
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


@contextlib.contextmanager
def _saving_into(out: Path) -> Any:
    """A new run folder whose disk errors are told to a person."""
    try:
        with new_run_folder(out) as folder:
            yield folder
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise RunError("cannot_save", path=out, problem=problem) from error


def save_model(model: keras.Model, folder: Path) -> None:
    """model.keras and model.tflite; OSError, or RunError when the temporary folder is full."""
    # [save]
    model.save(folder / "model.keras")
    # [/save]
    try:
        with _silence():  # the converter writes to standard output whatever `verbose` says
            model.export(folder / "model.tflite", format="litert", verbose=False)
    except tf.errors.OpError as error:  # the converter works in the temporary folder, which may be full too
        problem = error.message.rpartition("; ")[2]
        raise RunError("cannot_save", path=tempfile.gettempdir(), problem=problem) from error


def _remembered(dataset: Dataset) -> bytes:
    """familiarity.npz: the same for every recipe, so that a bot which uses several runs holds it once."""
    parts = split(dataset, validation=True)
    arrays = familiarity.fit(parts.train_images, parts.train_labels, parts.validation_images)
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


@contextlib.contextmanager
def _silence() -> Any:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _draw(dataset: Dataset, history: list[EpochEnded], evaluation: Evaluation, language: Language) -> dict[str, bytes]:
    """The PNG of each plot of a finished training, by its name."""
    shown = slice(0, _PREDICTIONS)
    images, labels = dataset.test_images[shown], dataset.test_labels[shown]
    predictions = plots.draw_predictions(images, labels, evaluation.probabilities[shown], language, dataset.name)
    return {
        "samples": plots.draw_samples(dataset, language),
        "curves": plots.draw_curves(history, language, dataset.name),
        "confusion": plots.draw_confusion(evaluation.confusion, language, dataset.name),
        "predictions": predictions,
    }


def _record(
    config: Config,
    run_id: str,
    model: keras.Model,
    dataset: Dataset,
    history: list[EpochEnded],
    evaluation: Evaluation,
    validation: Evaluation | None,
    calibrated: dict[str, Any],
    robust: dict[str, float],
    timings: dict[str, float],
) -> dict[str, Any]:
    return {
        "schema": SCHEMA_VERSION,
        "id": run_id,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "recipe": config.recipe,
        "config": config.to_record(),
        "seed": config.seed,
        "versions": versions(),
        "machine": machine(),
        "dataset": {"name": dataset.name, "sha256": dataset.sha256},
        "parameters": model.count_params(),
        "metrics": {
            "test_accuracy": evaluation.accuracy,
            "test_loss": evaluation.loss,
            "train_accuracy": history[-1].accuracy,
            "train_loss": history[-1].loss,
            "recall": [round(float(value), 6) for value in evaluation.recall],
            "confusion": evaluation.confusion.tolist(),
        },
        "validation": validation
        and {
            "images": len(validation.probabilities),
            "accuracy": validation.accuracy,
            "loss": validation.loss,
        },
        "calibration": calibrated,
        "robustness": robust,
        "timings": timings,
    }
