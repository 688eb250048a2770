"""Recipes and configurations: the hyper-parameters of a training, as chosen and as recorded in run.json."""

import math
import secrets
from dataclasses import asdict, dataclass
from typing import Any, Literal

from trainer.errors import ConfigError
from trainer.limits import BATCH_SIZE_RANGE, EPOCHS_RANGE, LEARNING_RATE_MAX, SEED_RANGE
from trainer.settings import DatasetChoice

Change = Literal["mirror", "pose", "small shift", "shift", "contrast", "small erasing", "erasing"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A network with its training, as `/train recipe:` offers it: default hyper-parameters and measured results.

    `changes`: the augmentation of its training images (see `trainer.recipes.shared.augment`). `mirrored`: the
    prediction is the mean of those for the image and its mirror image. `validation`: it trains without the validation
    images of `trainer.data.dataset.split`, by which its hyper-parameters were chosen. `seconds` on two cores and test
    `accuracy` are measured (see trainer/README.md).
    """

    name: str  # of its module in trainer.recipes
    epochs: int
    batch_size: int
    learning_rate: float  # of a schedule: the peak
    optimizer: str
    changes: tuple[Change, ...] = ()
    mirrored: bool = False
    validation: bool = False
    seconds: int
    accuracy: float


@dataclass(frozen=True, kw_only=True)
class Config:
    """The complete, checked hyper-parameters of one training; made by `trainer.recipes.configure`."""

    recipe: str
    dataset: DatasetChoice
    epochs: int
    batch_size: int
    learning_rate: float
    augment: bool = False
    seed: int

    @classmethod
    def resolve(
        cls,
        recipe: Recipe,
        *,
        dataset: DatasetChoice = "auto",
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        augment: bool = False,
        seed: int | None = None,
    ) -> "Config":
        """Replace None with the recipe's value, and a seed of None with a random one.

        Raises ConfigError (`epochs_range`, `batch_size_range`, `learning_rate_range`, `seed_range`).
        """
        return cls(
            recipe=recipe.name,
            dataset=dataset,
            epochs=_within("epochs", recipe.epochs if epochs is None else epochs, EPOCHS_RANGE),
            batch_size=_within("batch_size", recipe.batch_size if batch_size is None else batch_size, BATCH_SIZE_RANGE),
            learning_rate=_rate(recipe.learning_rate if learning_rate is None else learning_rate),
            augment=augment,
            seed=_within("seed", secrets.randbelow(SEED_RANGE[1]) if seed is None else seed, SEED_RANGE),
        )

    def to_record(self) -> dict[str, Any]:
        """The configuration as plain values, for run.json."""
        return asdict(self)


def _within(name: str, value: int, limits: tuple[int, int]) -> int:
    low, high = limits
    if not (isinstance(value, int) and low <= value <= high):  # values from JSON may have any type
        raise ConfigError(f"{name}_range", value=value, low=low, high=high)
    return value


def _rate(value: float) -> float:
    if not (math.isfinite(value) and 0 < value <= LEARNING_RATE_MAX):
        raise ConfigError("learning_rate_range", value=value, high=LEARNING_RATE_MAX)
    return float(value)  # Keras refuses an int, and JSON may hold 1 for 1.0
