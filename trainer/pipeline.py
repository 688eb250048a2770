"""The whole tutorial in its order: load, scale, build, compile, train, evaluate, and save the run.

The regions between `# [step]` and `# [/step]` are what the lessons show; run one after the other they are the tutorial.
"""

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras

from trainer.confidence import familiarity
from trainer.confidence.calibration import calibration
from trainer.confidence.robustness import robustness
from trainer.config import Config
from trainer.data.dataset import Dataset, split
from trainer.errors import RunError
from trainer.events import EpochEnded, Event, PhaseStarted
from trainer.language import Language
from trainer.plots import run as plots
from trainer.recipes import RECIPES, recipe_module
from trainer.recipes.shared.augment import ROBUST, augmentation
from trainer.runs.folder import SCHEMA_VERSION, Run, new_run_folder, open_run, write_history, write_record
from trainer.runs.litert import to_litert
from trainer.runs.versions import machine, versions
from trainer.runtime.memory import give_back
from trainer.settings import TrainerSettings
from trainer.steps.build import build, hand_back, mirrored
from trainer.steps.compile import compile_model
from trainer.steps.evaluate import Evaluation, evaluate
from trainer.steps.load import load_data
from trainer.steps.train import train


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
    load_data: Callable[..., Dataset] = load_data,
    beside: Executor | None = None,
) -> Run:
    """Run every step and save the run as the folder `out`.

    `load_data` may have begun to load already; `beside` draws the plots, in a thread if nothing better is given.

    Raises DatasetError, DivergedError, TrainingCancelled, or RunError when `out` cannot be written; then nothing is
    left behind.
    """
    timer = _Timer(time.perf_counter(), {})
    with _saving_into(out) as folder, contextlib.ExitStack() as stack:
        beside = beside or stack.enter_context(ThreadPoolExecutor(1))
        on_event(PhaseStarted("load"))
        # [load]
        dataset = load_data(config.dataset, settings=settings)
        # [/load]
        familiarity.npz_bytes(dataset)  # now, while the training does not need memory yet
        timer.lap("load")
        on_event(PhaseStarted("build", dataset.name))
        recipe = RECIPES[config.recipe]
        images = split(dataset, validation=recipe.validation)
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
        give_back()
        timer.lap("fit")
        curves_s = sum(epoch.test_s for epoch in history)
        on_event(PhaseStarted("evaluate", dataset.name))
        trained = model
        if recipe.mirrored:
            model = mirrored(trained)
            compile_model(model, keras.optimizers.Adam())  # for loss and metric; it is trained no further
        # [evaluate]
        evaluation = evaluate(model, dataset.test_images, dataset.test_labels, should_stop)
        # [/evaluate]
        validation, held_out = None, None
        if len(images.validation_images):
            validation = evaluate(model, images.validation_images, images.validation_labels)
            held_out = validation.probabilities, images.validation_labels
        calibrated = calibration((evaluation.probabilities, dataset.test_labels), held_out)
        robust = robustness(model, dataset.test_images, dataset.test_labels)
        timer.lap("evaluate")
        on_event(PhaseStarted("save", dataset.name))
        drawing = beside.submit(
            plots.draw_run,
            folder / "plots",
            dataset=dataset,
            history=history,
            confusion=evaluation.confusion,
            probabilities=evaluation.probabilities,
            languages=languages,
        )
        save_model(model, folder)
        (folder / "familiarity.npz").write_bytes(familiarity.npz_bytes(dataset))
        drawing.result()
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
def _saving_into(out: Path) -> Any:
    """A new run folder whose disk errors are told to a person."""
    try:
        with new_run_folder(out) as folder:
            yield folder
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise RunError("cannot_save", path=out, problem=problem) from error


def save_model(model: keras.Model, folder: Path) -> None:
    """model.keras, and model.tflite for predictions without TensorFlow; OSError."""
    # [save]
    model.save(folder / "model.keras")
    # [/save]
    (folder / "model.tflite").write_bytes(to_litert(model))


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
