# pyright: reportArgumentType=false, reportUnknownMemberType=false
"""Augmentation: the training images a little changed, anew before every epoch; the test images stay as they are.

A network that has only seen garments in the middle, upright and facing one way knows nothing else. Keras' own layers do
the changing.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import keras
import tensorflow as tf

from trainer.recipes import Change

SHIFT_PIXELS: Final = 3
SMALL_SHIFT_PIXELS: Final = 1
ROTATION_TURNS: Final = 10 / 360
CONTRAST: Final = 0.4
_SIDE: Final = 28


def _shift(pixels: int, seed: int) -> keras.layers.Layer:
    share = pixels / _SIDE
    return keras.layers.RandomTranslation(share, share, fill_mode="constant", interpolation="nearest", seed=seed)


def _erasing(most: float, seed: int) -> keras.layers.Layer:
    """In half of the images a rectangle of at most this share of the picture turns black."""
    return keras.layers.RandomErasing(0.5, scale=(0.02, most), fill_value=0.0, value_range=(0, 255), seed=seed)


LAYERS: Final[dict[Change, Callable[[int], keras.layers.Layer]]] = {
    "mirror": lambda seed: keras.layers.RandomFlip("horizontal", seed=seed),
    "shift": lambda seed: _shift(SHIFT_PIXELS, seed),
    "small shift": lambda seed: _shift(SMALL_SHIFT_PIXELS, seed),
    "rotation": lambda seed: keras.layers.RandomRotation(ROTATION_TURNS, fill_mode="constant", seed=seed),
    "contrast": lambda seed: keras.layers.RandomContrast(CONTRAST, value_range=(0, 255), seed=seed),
    "erasing": lambda seed: _erasing(0.15, seed),
    "small erasing": lambda seed: _erasing(0.1, seed),
}
ROBUST: Final[tuple[Change, ...]] = ("mirror", "shift", "rotation", "contrast", "erasing")


def augmentation(changes: Sequence[Change], seed: int) -> Callable[[tf.Tensor], tf.Tensor] | None:
    """A function from uint8[n, 28, 28] to the same, changed; None if there is nothing to change.

    `seed` decides everything that is drawn. Each call draws anew.
    """
    if not changes:
        return None
    layers: list[Any] = [LAYERS[change](seed + index) for index, change in enumerate(changes)]

    @tf.function
    def augment(images: tf.Tensor) -> tf.Tensor:
        changed = tf.cast(images, tf.float32)[..., None]
        for layer in layers:
            changed = layer(changed, training=True)
        return tf.cast(tf.round(tf.clip_by_value(changed[..., 0], 0, 255)), tf.uint8)

    return augment
