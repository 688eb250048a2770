"""The whole tutorial in its order: load, split, build, compile, train, evaluate, save.

The lessons quote the lines between `# [name]` and `# [/name]`.
"""

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np

from trainer.confidence import familiarity
from trainer.confidence.calibration import calibration
from trainer.confidence.robustness import robustness
from trainer.config import Config, Recipe
from trainer.data.dataset import Dataset, Split, split
from trainer.data.fashion_mnist import dataset_ready
from trainer.data.idx import aligned
from trainer.errors import RunError, TrainingCancelled, problem_of
from trainer.events import EpochEnded, Event, Phase, PhaseStarted
from trainer.language import Language
from trainer.recipes import RECIPES, configure, recipe_module
from trainer.recipes.shared.augment import ROBUST, augmentation
from trainer.runs.fingerprints import fingerprints
from trainer.runs.folder import Run, new_run_folder, open_run, write_history, write_record
from trainer.runs.litert import to_litert
from trainer.runs.record import run_record
from trainer.settings import TrainerSettings
from trainer.steps.build import build, mirrored
from trainer.steps.compile import compile_model
from trainer.steps.evaluate import Evaluation, evaluate
from trainer.steps.load import load_data
from trainer.steps.train import train

TRAINING_IMAGES: Final = 60_000  # of Fashion-MNIST; the loop is compiled for this number


def run_tutorial(
    config: Config, *, out: Path, run_id: str, settings: TrainerSettings | None = None,
    languages: Sequence[Language] = (), on_event: Callable[[Event], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Run:  # fmt: skip
    """Run the tutorial's steps and save the run as the folder `out`, with plots in `languages`.

    Raises DatasetError, DivergedError, TrainingCancelled, or RunError if `out` cannot be written; then it stays absent.
    """
    clock = Stopwatch(on_event)
    with _new_folder(out) as folder:
        # [load]
        dataset = load_data(config.dataset, settings=settings, on_event=on_event, should_stop=should_stop)
        # [/load]
        clock.begin("build", dataset.name)
        recipe = RECIPES[config.recipe]
        images = split(dataset, validation=recipe.validation)
        # [build]
        model = build(config.recipe, config.seed)
        # [/build]
        steps = config.epochs * math.ceil(len(images.train_images) / config.batch_size)
        # [compile]
        optimizer = recipe_module(config.recipe).optimizer(config.learning_rate, steps)
        compile_model(model, optimizer)
        # [/compile]
        clock.begin("train", dataset.name)
        history = train(
            model, images.train_images, images.train_labels, epochs=config.epochs, batch_size=config.batch_size,
            seed=config.seed, test=(dataset.test_images, dataset.test_labels),
            augment=augmentation(ROBUST if config.augment else recipe.changes, config.seed),
            on_event=on_event, should_stop=should_stop,
        )  # fmt: skip
        clock.begin("evaluate", dataset.name)
        model = _with_mirror(model, recipe)
        # [evaluate]
        evaluation = evaluate(model, dataset.test_images, dataset.test_labels, should_stop)
        # [/evaluate]
        _save(folder, Trained(config, run_id, dataset, images, model, history, evaluation), languages, clock)
    return open_run(out)


class Stopwatch:
    """Sends PhaseStarted for each phase of a run and measures how long it takes; the phase "load" begins at once."""

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        self._on_event = on_event
        self._laps: list[tuple[Phase, float]] = []
        self.begin("load")

    def begin(self, phase: Phase, dataset: str = "") -> None:
        """End the phase before and begin this one."""
        self._laps.append((phase, time.perf_counter()))
        self._on_event(PhaseStarted(phase, dataset))

    def timings(self, history: Sequence[EpochEnded]) -> dict[str, float]:
        """Seconds of each phase until now, by name, for run.json.

        `fit_s` is the training alone; `curves_s` the evaluation of the test images after each epoch, for display only.
        """
        ends = [*(began for _, began in self._laps[1:]), time.perf_counter()]
        seconds = {f"{phase}_s": end - began for (phase, began), end in zip(self._laps, ends, strict=True)}
        curves_s = sum(epoch.test_s for epoch in history)
        timings = {"total_s": sum(seconds.values()), "fit_s": seconds.pop("train_s") - curves_s, "curves_s": curves_s}
        return {name: round(value, 3) for name, value in (seconds | timings).items()}


@dataclass(frozen=True)
class Trained:
    """What a training has used and computed; `_save` writes it."""

    config: Config
    run_id: str
    dataset: Dataset
    images: Split
    model: keras.Model
    history: list[EpochEnded]
    evaluation: Evaluation


def warm_up(settings: TrainerSettings, config: Config | None = None) -> None:
    """Compile what a training on Fashion-MNIST needs, so that the next one like it in this process starts at once.

    config: of that training; by default the tutorial's. Makes one step on black images. Nothing is done where the data
    set is not on this machine.
    """
    if settings.tutor_dataset == "practice" or not dataset_ready(settings):
        return
    config = config or configure(seed=0)
    model = build(config.recipe, config.seed)
    compile_model(model, recipe_module(config.recipe).optimizer(config.learning_rate, 1))
    images, labels = aligned((TRAINING_IMAGES, 28, 28)), np.zeros(TRAINING_IMAGES, np.uint8)
    stop = iter((False, True))  # asked before every compiled call, the first of which makes one step
    with contextlib.suppress(TrainingCancelled):
        train(
            model, images, labels, epochs=1, batch_size=config.batch_size, seed=0, test=(images, labels),
            should_stop=lambda: next(stop),
        )  # fmt: skip


def _with_mirror(model: keras.Model, recipe: Recipe) -> keras.Model:
    """The model to evaluate and save: `model`, or the mean of its answers for an image and its mirror image."""
    if not recipe.mirrored:
        return model
    both = mirrored(model)
    compile_model(both, keras.optimizers.Adam())  # for loss and metric; it is not trained
    return both


def _checks(trained: Trained) -> dict[str, Any]:
    """For run.json: the results on held-out images, the calibration, the robustness."""
    model, dataset, images, evaluation = trained.model, trained.dataset, trained.images, trained.evaluation
    validation, held_out = None, None
    if len(images.validation_images):
        found = evaluate(model, images.validation_images, images.validation_labels)
        validation = {"images": len(images.validation_images), "accuracy": found.accuracy, "loss": found.loss}
        held_out = found.probabilities, images.validation_labels
    return {
        "validation": validation,
        "calibration": calibration((evaluation.probabilities, dataset.test_labels), held_out),
        "robustness": robustness(
            lambda pixels: evaluate(model, pixels, dataset.test_labels[: len(pixels)]).accuracy, dataset.test_images
        ),
    }


@contextlib.contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A new run folder; disk errors become RunError (`cannot_save`)."""
    try:
        with new_run_folder(out) as folder:
            yield folder
    except OSError as error:
        raise RunError("cannot_save", path=out, problem=problem_of(error)) from error


def _save(folder: Path, trained: Trained, languages: Sequence[Language], clock: Stopwatch) -> None:
    """Compute the checks of run.json, then write all files of the run; OSError."""
    model, dataset, history, evaluation = trained.model, trained.dataset, trained.history, trained.evaluation
    checks = _checks(trained)
    clock.begin("save", dataset.name)
    # [save]
    model.save(folder / "model.keras")
    # [/save]
    (folder / "model.tflite").write_bytes(to_litert(model))
    (folder / "familiarity.npz").write_bytes(familiarity.npz_bytes(dataset))
    write_history(folder / "history.csv", history)
    if languages:
        from trainer.plots.run import draw_run  # here, because a worker draws nothing and needs no matplotlib

        draw_run(folder / "plots", dataset, history, evaluation.confusion, evaluation.probabilities, languages)
    record = run_record(
        trained.config,
        trained.run_id,
        dataset={"name": dataset.name, "sha256": dataset.sha256},
        parameters=model.count_params(),
        metrics={
            "test_accuracy": evaluation.accuracy,
            "test_loss": evaluation.loss,
            "train_accuracy": history[-1].accuracy,
            "train_loss": history[-1].loss,
            "recall": [round(float(value), 6) for value in evaluation.recall],
            "confusion": evaluation.confusion.tolist(),
        },
        **checks,
        files=fingerprints(folder),
        timings=clock.timings(history),
    )
    write_record(folder / "run.json", record)
