"""Step 1.4: the recipe's network, not yet trained."""

from typing import Final

import keras

from trainer.recipes import recipe_module

_SPARE: Final[dict[str, keras.Model]] = {}


def build(recipe: str, seed: int) -> keras.Model:
    """A model of a recipe, its weights drawn by the seed, 0 ... 2**31 - 1; KeyError for an unknown recipe."""
    # Here and not earlier: Keras draws from Python's own generator, from which other threads of a worker draw too.
    keras.utils.set_random_seed(seed)
    model = recipe_module(recipe).build()
    spare = _SPARE.pop(recipe, None)
    if spare is None:
        return model
    spare.set_weights(model.get_weights())
    return spare


def hand_back(recipe: str, model: keras.Model) -> None:
    """A model that is trained and saved, for the next `build` of its recipe in this process.

    What was compiled for it need not be compiled again, and cannot be given back to the system: each compilation by
    XLA leaves some 9 MB in the process (measured, TensorFlow 2.21).
    """
    _SPARE[recipe] = model


def mirrored(model: keras.Model) -> keras.Model:
    """The model that answers with the mean of what `model` says of an image and of its mirror image."""
    images = keras.Input((28, 28))
    both = [model(images), model(keras.ops.flip(images, axis=2))]
    return keras.Model(images, keras.layers.Average()(both))
