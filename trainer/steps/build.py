"""Step 1.4: build the network of a recipe."""

import keras

from trainer.recipes import recipe_module


def build(recipe: str, seed: int) -> keras.Model:
    """A recipe's model; the seed, 0 ... 2**31 - 1, decides its first weights. KeyError for an unknown recipe."""
    keras.utils.set_random_seed(seed)
    return recipe_module(recipe).build()


def mirrored(model: keras.Model) -> keras.Model:
    """A model whose answer is the mean of `model`'s answers for an image and for its mirror image."""
    images = keras.Input((28, 28))
    both = [model(images), model(keras.ops.flip(images, axis=2))]
    return keras.Model(images, keras.layers.Average()(both))
