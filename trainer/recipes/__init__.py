"""Recipes: a network with everything that goes with it, each in a file of its own.

The table here is readable without TensorFlow; a recipe's file holds `build() -> keras.Model` and
`optimizer(learning_rate, steps) -> keras.optimizers.Optimizer`, and is imported only where it is trained.
"""

from dataclasses import dataclass
from typing import Final, Literal

Change = Literal["mirror", "pose", "small shift", "shift", "contrast", "small erasing", "erasing"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What `/train recipe:` offers.

    `changes` are done to its training images (see trainer.augment). `mirrored`: the finished network answers with the
    mean for the picture and its mirror image. `validation`: it is not trained on the images that `trainer.load.split`
    holds out, by which its settings were chosen; the tutorial has none. `seconds` on two cores and test
    `accuracy` are its price and what it buys, measured (see the README).
    """

    name: str
    module: str
    epochs: int
    batch_size: int
    learning_rate: float  # where a schedule raises and lowers it: its peak
    optimizer: str
    changes: tuple[Change, ...] = ()
    mirrored: bool = False
    validation: bool = False
    seconds: int
    accuracy: float


RECIPES: Final[dict[str, Recipe]] = {
    recipe.name: recipe
    for recipe in (
        # Adam's learning rate is Keras' default; epochs and batch size are the tutorial's.
        Recipe(
            name="tutorial",
            module="trainer.recipes.tutorial",
            epochs=10,
            batch_size=32,
            learning_rate=0.001,
            optimizer="Adam",
            seconds=5,
            accuracy=0.88,
        ),
        Recipe(
            name="fast",
            module="trainer.recipes.fast",
            epochs=6,
            batch_size=250,
            learning_rate=0.02,
            optimizer="AdamW",
            changes=("mirror",),
            mirrored=True,
            validation=True,
            seconds=20,
            accuracy=0.93,
        ),
        Recipe(
            name="best",
            module="trainer.recipes.best",
            epochs=48,
            batch_size=125,
            learning_rate=0.005,
            optimizer="AdamW",
            changes=("mirror", "small shift", "small erasing"),
            mirrored=True,
            validation=True,
            seconds=660,
            accuracy=0.951,
        ),
    )
}
