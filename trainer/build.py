"""Step 1.4: the recipe's network, not yet trained."""

import importlib
from typing import Any

import keras

from trainer.recipes import RECIPES


def build(recipe: str, seed: int) -> keras.Model:
    """A new model of a recipe, its weights drawn by the seed, 0 ... 2**31 - 1; KeyError for an unknown recipe."""
    # Here and not earlier: Keras draws from Python's own generator, from which other threads of a worker draw too.
    keras.utils.set_random_seed(seed)
    return recipe_module(recipe).build()


def recipe_module(recipe: str) -> Any:
    """The module of a recipe; KeyError for an unknown one."""
    return importlib.import_module(RECIPES[recipe].module)


def mirrored(model: keras.Model) -> keras.Model:
    """The model that answers with the mean of what `model` says of an image and of its mirror image."""
    images = keras.Input((28, 28))
    both = [model(images), model(keras.ops.flip(images, axis=2))]
    return keras.Model(images, keras.layers.Average()(both))
