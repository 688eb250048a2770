"""One frozen record of everything that decides a training: configuration, command line and run.json at once."""

import math
import secrets
from dataclasses import asdict, dataclass
from typing import Any, Final

from trainer.errors import ConfigError
from trainer.recipes import RECIPES
from trainer.settings import DatasetChoice

EPOCHS_RANGE: Final = (1, 50)
BATCH_SIZE_RANGE: Final = (8, 1024)
_LONGEST_NAME: Final = 40  # of a recipe that does not exist, when it is repeated
LEARNING_RATE_MAX: Final = 10.0  # the least is anything over 0
SEED_RANGE: Final = (0, 2**31 - 1)  # keras.utils.set_random_seed takes an int32


@dataclass(frozen=True, kw_only=True)
class Config:
    """Complete and checked hyper-parameters of one training; build it with `resolve`."""

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
        *,
        recipe: str = "tutorial",
        dataset: DatasetChoice = "auto",
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        augment: bool = False,
        seed: int | None = None,
    ) -> "Config":
        """Fill what was left out with the recipe's own values; no seed: a random one is drawn.

        `augment`: train with every change of trainer.augment instead of the recipe's own few.

        Raises ConfigError (keys `recipe_unknown`, `epochs_range`, `batch_size_range`,
        `learning_rate_range`, `seed_range`) for a value outside the limits.
        """
        if recipe not in RECIPES:
            raise ConfigError("recipe_unknown", value=recipe[:_LONGEST_NAME], known=", ".join(RECIPES))
        defaults = RECIPES[recipe]
        return cls(
            recipe=recipe,
            dataset=dataset,
            epochs=_within("epochs", epochs if epochs is not None else defaults.epochs, EPOCHS_RANGE),
            batch_size=_within(
                "batch_size", batch_size if batch_size is not None else defaults.batch_size, BATCH_SIZE_RANGE
            ),
            learning_rate=_rate(learning_rate if learning_rate is not None else defaults.learning_rate),
            augment=augment,
            seed=_within("seed", seed if seed is not None else secrets.randbelow(SEED_RANGE[1]), SEED_RANGE),
        )

    def to_record(self) -> dict[str, Any]:
        """The configuration as run.json holds it."""
        return asdict(self)


def _within(name: str, value: int, limits: tuple[int, int]) -> int:
    low, high = limits
    if not (isinstance(value, int) and low <= value <= high):  # a chat may send anything
        raise ConfigError(f"{name}_range", value=value, low=low, high=high)
    return value


def _rate(value: float) -> float:
    if not (math.isfinite(value) and 0 < value <= LEARNING_RATE_MAX):
        raise ConfigError("learning_rate_range", value=value, high=LEARNING_RATE_MAX)
    return float(value)  # Keras takes no whole number, and JSON may have made one of 1.0
