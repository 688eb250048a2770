"""Recipes: a network, its optimizer and its hyper-parameters, each in a file of its own.

A recipe's file holds `RECIPE`, `build() -> keras.Model` and `optimizer(learning_rate, steps)`; it imports Keras inside
these functions, so that RECIPES needs no TensorFlow. Every file in this folder is a recipe; there is no other list.
"""

import importlib
import pkgutil
import secrets
from typing import Any, Final

from trainer.config import Config, DatasetChoice, Recipe
from trainer.errors import ConfigError
from trainer.limits import SEED_RANGE

_LONGEST_NAME: Final = 40  # characters of an unknown recipe's name that the error repeats


def recipe_module(name: str) -> Any:
    """The module of a recipe, `trainer.recipes.<name>`; KeyError for an unknown one."""
    return importlib.import_module(f"{__name__}.{RECIPES[name].name}")


def configure(
    *,
    recipe: str = "tutorial",
    dataset: DatasetChoice = "auto",
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    augment: bool = False,
    seed: int | None = None,
) -> Config:
    """The configuration of a training; None: the recipe's own value, for the seed a random one.

    `augment`: train with every change of `shared.augment` instead of the recipe's own few.

    Raises ConfigError (`recipe_unknown`, `epochs_range`, `batch_size_range`, `learning_rate_range`, `seed_range`).
    """
    if recipe not in RECIPES:
        raise ConfigError("recipe_unknown", value=recipe[:_LONGEST_NAME], known=", ".join(RECIPES))
    own = RECIPES[recipe]
    return Config(
        recipe=recipe,
        dataset=dataset,
        epochs=own.epochs if epochs is None else epochs,
        batch_size=own.batch_size if batch_size is None else batch_size,
        learning_rate=float(own.learning_rate if learning_rate is None else learning_rate),  # Keras refuses an int
        augment=augment,
        seed=secrets.randbelow(SEED_RANGE[1]) if seed is None else seed,
    ).checked()


def _discover() -> dict[str, Recipe]:
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg]
    found = [importlib.import_module(f"{__name__}.{name}").RECIPE for name in names]
    return {recipe.name: recipe for recipe in sorted(found, key=lambda recipe: recipe.seconds)}


RECIPES: Final[dict[str, Recipe]] = _discover()  # the fastest first
