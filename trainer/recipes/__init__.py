"""Recipes: a network with the hyper-parameters that go with it, each in a file of its own.

The table here is readable without TensorFlow; the network itself is built by `trainer.build`.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Recipe:
    """What `/train recipe:` offers. `module` holds `build() -> keras.Model`, imported only by a worker."""

    name: str
    module: str
    epochs: int
    batch_size: int
    learning_rate: float


RECIPES: Final[dict[str, Recipe]] = {
    # Adam's learning rate is Keras' default; epochs and batch size are the tutorial's.
    "tutorial": Recipe("tutorial", "trainer.recipes.tutorial", epochs=10, batch_size=32, learning_rate=0.001),
}
