"""Step 1.4: the recipe's network, not yet trained."""

import importlib

import keras

from trainer.recipes import RECIPES


def build(recipe: str, seed: int) -> keras.Model:
    """A new model of a recipe, its weights drawn by the seed, 0 ... 2**31 - 1; KeyError for an unknown recipe."""
    # Here and not earlier: Keras draws from Python's own generator, from which other threads of a worker draw too.
    keras.utils.set_random_seed(seed)
    return importlib.import_module(RECIPES[recipe].module).build()
