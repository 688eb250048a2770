"""Executes what the lessons quote, in their order and in one namespace, and prints what came of it as JSON.

A script, because it imports TensorFlow: `python execute_quotes.py FOLDER`. Beside the quoted code the namespace holds
what the quoted files import, and what the functions around a quoted fragment are given.
"""

import __future__

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bot.lessons import Quote, lesson
from trainer import STEPS, pipeline
from trainer.confidence import familiarity
from trainer.recipes import configure
from trainer.runs.folder import Run
from trainer.settings import TrainerSettings
from trainer.steps.predict import Predictor
from trainer.steps.preprocess import scale
from trainer.steps.train import compile_steps

BATCH = 32
STEPS_OF_TRAINING = 150  # uncompiled, the quoted loop is slow; this much is enough to see that it learns


def execute(quote: Quote, namespace: dict[str, Any]) -> None:
    module = importlib.import_module(quote.source.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    for name, value in vars(module).items():
        a_file_of_ours = isinstance(value, ModuleType) and value.__name__.startswith("trainer.")
        if (
            not name.startswith("__") and not a_file_of_ours
        ):  # importing trainer.steps.build makes it an attribute of trainer
            namespace.setdefault(name, value)
    flags = __future__.annotations.compiler_flag  # so that type hints are only read, as in the lesson
    exec(compile(quote.code, f"{quote.source} {quote.part}", "exec", flags, dont_inherit=True), namespace)  # noqa: S102


def given_to_the_loop(namespace: dict[str, Any], images: Any, labels: Any, order: Any) -> None:
    """What `compile_steps` and its caller give to the quoted loop: tensors, and which batches to take."""
    batches = tf.constant(order.astype(np.int32).reshape(-1, BATCH))
    namespace |= {"images": tf.constant(images), "labels": tf.constant(labels.astype(np.int32)), "batches": batches}
    model = namespace["model"]
    model.optimizer.build(model.trainable_variables)


def run_loop(namespace: dict[str, Any]) -> None:
    """What `tf.while_loop` does with the quoted step."""
    for step in range(len(namespace["batches"])):
        namespace["step"] = tf.constant(step)
        execute(loop_quote(), namespace)


def loop_quote() -> Quote:
    return next(quote for quote in lesson("train", "en").quotes if quote.part.startswith("["))


def follow_the_lessons(folder: Path) -> dict[str, Any]:
    config = configure(dataset="practice", epochs=1, seed=1)
    settings = TrainerSettings(tutor_home=folder)
    namespace: dict[str, Any] = {"config": config, "settings": settings, "folder": folder}
    namespace |= {"steps": 1, "should_stop": lambda: False}
    for step in STEPS:
        for quote in lesson(step, "en").quotes:
            if quote == loop_quote():
                images, labels = namespace["dataset"].train_images, namespace["dataset"].train_labels
                order = np.random.default_rng(config.seed).permutation(len(images))
                given_to_the_loop(namespace, images, labels, order[: STEPS_OF_TRAINING * BATCH])
                run_loop(namespace)
                continue
            if quote.part == "[preprocess]":  # what the tutorial calls the arrays of the data set
                namespace["train_images"] = namespace["dataset"].train_images
                namespace["test_images"] = namespace["dataset"].test_images
            if quote.part == "[counts]":  # what the function around it works with
                namespace["labels"] = namespace["dataset"].test_labels
                namespace["probabilities"] = namespace["evaluation"].probabilities
            execute(quote, namespace)
    return namespace


def trained_in_three_ways(namespace: dict[str, Any]) -> dict[str, float]:
    """Plain `fit`, the quoted loop and the compiled loop, ten times on one batch: how far their weights are apart.

    With a single batch the order in which `fit` draws the batches makes no difference.
    """
    images, labels = namespace["dataset"].train_images[:BATCH], namespace["dataset"].train_labels[:BATCH]
    order = np.tile(np.arange(BATCH), 10)
    first = namespace["build"]()
    models = {}
    for name in ("plain", "quoted", "compiled"):
        models[name] = namespace["build"]()
        models[name].set_weights(first.get_weights())
        namespace["compile_model"](models[name], "adam")
    namespace["fit_plain"](models["plain"], scale(images), labels, epochs=10, batch_size=BATCH)
    namespace["model"] = models["quoted"]
    given_to_the_loop(namespace, images, labels, order)
    run_loop(namespace)
    models["compiled"].optimizer.build(models["compiled"].trainable_variables)
    run_steps = compile_steps(models["compiled"], jit_compile=True)
    run_steps(*(namespace[name] for name in ("images", "labels", "batches")), tf.constant(0), tf.constant(10))
    return {
        "moved": apart(first, models["plain"]),
        "quoted": apart(models["plain"], models["quoted"]),
        "compiled": apart(models["plain"], models["compiled"]),
    }


def quoted_predictor(namespace: dict[str, Any], folder: Path) -> Predictor:
    """The saved run's predictor, answering by the quoted text."""
    pipeline.save_model(namespace["model"], folder)
    images, labels = namespace["dataset"].train_images, namespace["dataset"].train_labels
    arrays: dict[str, Any] = familiarity.compute_arrays(images[:2000], labels[:2000], images[2000:3000])
    np.savez(folder / "familiarity.npz", **arrays)
    return type("Quoted", (Predictor,), {"__call__": namespace["__call__"]})(
        Run(folder, {"dataset": {"name": namespace["dataset"].name}, "calibration": {"temperature": 1.5}})
    )


def apart(one: keras.Model, other: keras.Model) -> float:
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return max(float(np.abs(first - second).max()) for first, second in pairs)


def report(folder: Path) -> dict[str, Any]:
    namespace = follow_the_lessons(folder)
    model, dataset, evaluation = namespace["model"], namespace["dataset"], namespace["evaluation"]
    images = namespace["test_images"]
    _, plain_accuracy = namespace["evaluate_plain"](model, images, dataset.test_labels)  # the quoted text of it
    loaded: Any = keras.saving.load_model(folder / "model.keras")
    shown = model.predict(images[:10], verbose=0)
    predictions = quoted_predictor(namespace, folder)(dataset.test_images[:10])
    return {
        "dataset": dataset.name,
        "classes": namespace["CLASS_NAMES"],
        "counts": namespace["count_labels"](dataset.train_labels).tolist(),
        "range": [float(images.min()), float(images.max())],
        "parameters": model.count_params(),
        "accuracy": evaluation.accuracy,
        "accuracy_plain": plain_accuracy,
        "accuracy_counted": namespace["accuracy"],
        "confusion_sum": int(namespace["confusion"].sum()),
        "saved": float(np.abs(loaded.predict(images[:10], verbose=0) - shown).max()),
        "predicted": [prediction.label for prediction in predictions],
        "answered": shown.argmax(axis=1).tolist(),
        "apart": trained_in_three_ways(namespace),
    }


if __name__ == "__main__":
    print(json.dumps(report(Path(sys.argv[1]))))
