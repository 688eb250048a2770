"""The facts of a run, from run.json and history.csv.

What a run does not decide is left out: there is no worst class where two classes are equally bad, and no loss after
epoch 3 of a training of two. A question is only asked when all facts that it names are there.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.questions.class_facts import class_facts, only_largest
from bot.questions.facts import UNITS, Fact, Facts, Named
from trainer.events import EpochEnded
from trainer.recipes import RECIPES
from trainer.runs.folder import Run

TRAINING_IMAGES: Final = {"fashion-mnist": 60_000, "practice": 12_000}
HELD_OUT: Final = 12  # recipes with validation hold out one training image in twelve
PIXELS: Final = 28 * 28
_log = logging.getLogger(__name__)


def facts_of(run: Run) -> Facts:
    """The facts of a saved run, by name."""
    try:
        history = run.history
    except (OSError, ValueError, KeyError) as error:
        _log.warning("no questions about the epochs of %s: %s", run.path, error)
        history = []
    return facts_from(run.record, history)


def facts_from(record: Mapping[str, Any], history: Sequence[EpochEnded]) -> Facts:
    """The facts for the content of run.json and the epochs; an empty history leaves out what it decides."""
    found = (
        *_setup(record),
        *_training(record),
        *_results(record["metrics"]),
        *class_facts(record["metrics"]["confusion"]),
        *_epochs(history),
        *_robustness(record.get("robustness") or {}),
    )
    return {name: Fact(UNITS[name], value) for name, value in found}


def _setup(record: Mapping[str, Any]) -> Named:
    config, parameters, size = record["config"], int(record["parameters"]), int(record["config"]["batch_size"])
    yield "dataset", str(record["dataset"]["name"])
    yield "recipe", str(config["recipe"])
    yield "epochs", config["epochs"]
    yield "batch_size", size
    yield "batch_pixels", size * PIXELS
    yield "batch_rows", size * 28
    yield "batch_colours", size * PIXELS * 3
    yield "parameters", parameters
    yield "parameters_kb", 4 * parameters / 1000  # float32


def _training(record: Mapping[str, Any]) -> Named:
    """What follows from the number of images that were trained on; nothing for an unknown data set or recipe."""
    images = TRAINING_IMAGES.get(record["dataset"]["name"])
    recipe = RECIPES.get(record["config"]["recipe"])
    if images is None or recipe is None:
        return
    if recipe.validation:
        images -= images // HELD_OUT
    epochs, size = record["config"]["epochs"], record["config"]["batch_size"]
    whole, rest = divmod(images, size)
    steps = whole + (rest > 0)
    yield "train_images", images
    yield "train_and_test", images + sum(map(sum, record["metrics"]["confusion"]))
    yield "train_images_kb", images * PIXELS / 1000
    yield "train_labels_kb", images / 1000
    yield "steps", steps
    yield "whole_batches", whole
    yield "last_batch", rest or size
    yield "all_steps", steps * epochs
    yield "all_images", images * epochs
    yield "double_batch", 2 * size
    yield "steps_of_double_batch", math.ceil(images / (2 * size))
    yield "double_steps", 2 * steps


def _results(metrics: Mapping[str, Any]) -> Named:
    confusion = metrics["confusion"]
    total, right = sum(map(sum, confusion)), sum(confusion[label][label] for label in range(10))
    test, train, loss = right / max(1, total), metrics["train_accuracy"], metrics["test_loss"]
    yield "test_images", total
    yield "test_outputs", 10 * total
    yield "test_pixels", PIXELS * total
    yield "test_rows", 28 * total
    yield "test_colours", 3 * PIXELS * total
    yield "test_images_kb", PIXELS * total / 1000
    yield "test_right", right
    yield "test_wrong", total - right
    yield "test_accuracy", 100 * test
    yield "test_error", 100 * (1 - test)
    yield "train_accuracy", 100 * train
    yield "test_loss", loss
    yield "usual_confidence", 100 * math.exp(-loss)
    if loss < 1:
        yield "loss_as_error", 100 * (1 - loss)
    if round(100 * train, 1) > round(100 * test, 1):  # as they are shown
        yield "gap", round(100 * train, 1) - round(100 * test, 1)


def _epochs(history: Sequence[EpochEnded]) -> Named:
    if len(history) >= 3:  # noqa: PLR2004
        yield "loss_last", history[-1].loss
        third = history[2]
        yield "loss_3", third.loss
        yield "test_loss_3", third.test_loss
        yield "accuracy_3", third.accuracy  # shown like a loss, for those who take one for the other
        yield "test_accuracy_3", third.test_accuracy
        yield "error_3", 1 - third.accuracy
    best = only_largest({epoch.epoch: epoch.test_accuracy for epoch in history})
    if len(history) > 1 and best is not None:
        yield "best_epoch", best
        yield "best_training_epoch", max(history, key=lambda epoch: epoch.accuracy).epoch


def _robustness(found: Mapping[str, float]) -> Named:
    yield from ((f"accuracy_{name}", 100 * found[name]) for name in ("none", "mirror", "shift_3") if name in found)
