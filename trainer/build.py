"""Step 1.4: the recipe's network, not yet trained."""

import importlib

import keras

from trainer.recipes import RECIPES


def build(recipe: str) -> keras.Model:
    """A new model of a recipe, its weights drawn at random; KeyError for an unknown recipe."""
    return importlib.import_module(RECIPES[recipe].module).build()
