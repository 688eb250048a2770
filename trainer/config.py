"""Recipes and configurations: the hyper-parameters of a training, as chosen and as recorded in run.json."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from trainer.errors import ConfigError
from trainer.limits import BATCH_SIZE_RANGE, EPOCHS_RANGE, LEARNING_RATE_MAX, SEED_RANGE
from trainer.settings import DatasetChoice

Change = Literal["mirror", "pose", "small shift", "shift", "contrast", "small erasing", "erasing"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What `/train recipe:` offers: a network's default hyper-parameters and measured results.

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

    def checked(self) -> "Config":
        """This configuration; ConfigError: `epochs_range`, `batch_size_range`, `learning_rate_range`, `seed_range`."""
        _check_range("epochs", self.epochs, EPOCHS_RANGE)
        _check_range("batch_size", self.batch_size, BATCH_SIZE_RANGE)
        _check_range("seed", self.seed, SEED_RANGE)
        if not (math.isfinite(self.learning_rate) and 0 < self.learning_rate <= LEARNING_RATE_MAX):
            raise ConfigError("learning_rate_range", value=self.learning_rate, high=LEARNING_RATE_MAX)
        return self

    def to_record(self) -> dict[str, Any]:
        """The configuration as plain values, for run.json."""
        return asdict(self)


def _check_range(name: str, value: int, limits: tuple[int, int]) -> None:
    low, high = limits
    if not (isinstance(value, int) and low <= value <= high):  # values from JSON may have any type
        raise ConfigError(f"{name}_range", value=value, low=low, high=high)
