"""What each ingredient of the recipe `fast` buys: from two dense layers to the whole recipe, one thing at a time.

`uv run python -m tests.benchmarks.ablation` (FASHION_MNIST_DIR set) trains every stage with three seeds, with five
epochs and the batch size of `fast`, and prints a table of accuracies on the 5000 images that it holds out of the
training set. The test set is not looked at. The lesson `summary` shows the figures.
"""

import argparse
import math
import os
import statistics
import time
from dataclasses import dataclass
from typing import Any, Final
from unittest.mock import patch

import keras

from trainer.data.dataset import split
from trainer.recipes import RECIPES, fast, tutorial
from trainer.recipes.shared.augment import augmentation
from trainer.steps.build import mirrored
from trainer.steps.compile import compile_model
from trainer.steps.evaluate import evaluate
from trainer.steps.load import load_data
from trainer.steps.preprocess import scale
from trainer.steps.train import train


@dataclass(frozen=True)
class Stage:
    """One row: what is added to the row above."""

    added: str
    convolutions: bool = True
    normalised: bool = True
    schedule: bool = True
    mirror: bool = True
    both_ways: bool = True


STAGES: Final = (
    Stage("two dense layers", False, False, False, False, False),
    Stage("three convolutions", True, False, False, False, False),
    Stage("batch normalisation", True, True, False, False, False),
    Stage("a learning rate that rises and falls, weight decay", True, True, True, False, False),
    Stage("mirrored training images", True, True, True, True, False),
    Stage("mean of the answers for picture and mirror image", True, True, True, True, True),
)


class Bias(keras.layers.Layer):
    """What stands in place of a batch normalisation: one number a feature, added to float32[..., features]."""

    def build(self, input_shape: Any) -> None:
        self.bias = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        return inputs + self.bias


def without_normalisation() -> keras.Model:
    """The network of `fast` with biases in place of batch normalisation."""
    with patch.object(keras.layers, "BatchNormalization", lambda **_: Bias()):
        return fast.build()


def accuracy(stage: Stage, images: Any, seed: int, epochs: int) -> float:
    """Train one stage; its share of right answers on the images held out."""
    recipe = RECIPES["fast"]
    keras.utils.set_random_seed(seed)
    build = without_normalisation if not stage.normalised else fast.build
    model = build() if stage.convolutions else tutorial.build()
    steps = epochs * math.ceil(len(images.train_images) / recipe.batch_size)
    adam = keras.optimizers.Adam()
    compile_model(model, fast.optimizer(recipe.learning_rate, steps) if stage.schedule else adam)
    test = images.validation_images, images.validation_labels
    train(
        model,
        images.train_images,
        images.train_labels,
        epochs=epochs,
        batch_size=recipe.batch_size,
        seed=seed,
        test=test,
        augment=augmentation(("mirror",), seed) if stage.mirror else None,
    )
    if stage.both_ways:
        model = mirrored(model)
        compile_model(model, keras.optimizers.Adam())
    return evaluate(model, scale(images.validation_images), images.validation_labels).accuracy


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    images = split(load_data("fashion-mnist"), validation=True)
    print("| added | mean | lowest | highest | s a training |\n|---|---|---|---|---|", flush=True)
    for stage in STAGES:
        began = time.perf_counter()
        found = [accuracy(stage, images, seed, options.epochs) for seed in range(1, options.seeds + 1)]
        took_s = (time.perf_counter() - began) / options.seeds
        figures = (statistics.mean(found), min(found), max(found))
        print(f"| {stage.added} | {' | '.join(f'{figure:.4f}' for figure in figures)} | {took_s:.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    raise SystemExit(main())
