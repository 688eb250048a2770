"""Augmentation: the training images are changed a little, differently before every epoch; the test images are not.

In the data set garments are centred, upright, face one way and have hanging sleeves; a network trained on nothing else
fails on anything else.
"""

# pyright: reportArgumentType=false, reportUnknownMemberType=false, reportOperatorIssue=false, reportOptionalSubscript=false
# pyright: reportOptionalOperand=false
# (Keras annotates its own operations more narrowly than they are.)
import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import keras
import tensorflow as tf
from keras import ops

from trainer.config import Change

SHIFT_PIXELS: Final = 3
SMALL_SHIFT_PIXELS: Final = 1
_SIDE: Final = 28
_CANVAS: Final = 2 * _SIDE  # room for rotated and stretched images
_ON: Final = 16  # gray value from which a pixel belongs to the garment


class Pose(keras.layers.Layer):
    """Rotated, stretched and sheared garments, the hem wider or narrower than the shoulders.

    Takes and returns float32[n, 28, 28, 1] in [0, 255]; afterwards the longest side is 28 again and the bounding box
    is centred, as `trainer.photo.crop` does it to a photograph.
    """

    SHARE: Final = 0.75  # of the images; the others stay sharp
    TURN: Final = 12 * math.pi / 180
    WIDTHS: Final = (0.8, 1.3)  # times as wide
    FLARE: Final = (-0.1, 0.35)  # relative difference between the widths of hem and shoulders
    LEAN: Final = 0.1

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = keras.random.SeedGenerator(seed)

    def call(self, images: Any) -> Any:
        """A random pose for each image."""
        count, middle = ops.shape(images)[0], (_CANVAS - 1) / 2
        margin = (_CANVAS - _SIDE) // 2
        padded = ops.pad(images, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
        turn, wide = self._draw(count, -self.TURN, self.TURN), self._draw(count, *self.WIDTHS)
        flare, lean = self._draw(count, *self.FLARE), self._draw(count, -self.LEAN, self.LEAN)
        half, corners = _SIDE / 2, ((-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0))
        start = ops.convert_to_tensor([[middle + half * x, middle + half * y] for y, x in corners])
        end = []
        for y, x in corners:
            across, down = x * wide * (1 + y * flare / 2) + y * lean, y
            end.append([across * ops.cos(turn) - down * ops.sin(turn), across * ops.sin(turn) + down * ops.cos(turn)])
        ends = middle + half * ops.transpose(ops.convert_to_tensor(end), (2, 0, 1))
        starts = ops.broadcast_to(start, ops.shape(ends))
        posed = fitted(ops.image.perspective_transform(padded, starts, ends, data_format="channels_last"))
        return ops.where(self._draw(count, 0, 1)[:, None, None, None] < self.SHARE, posed, images)

    def _draw(self, count: Any, low: float, high: float) -> Any:
        return keras.random.uniform((count,), low, high, seed=self._random)


def fitted(images: tf.Tensor) -> tf.Tensor:
    """float32[n, s, s, 1] to float32[n, 28, 28, 1], both in [0, 255]: each garment centred, its longest side 28."""
    side = images.shape[1]
    centres, extents = [], []
    for axis in (2, 1):  # rows, then columns
        on = tf.cast(tf.reduce_any(images[..., 0] > _ON, axis=axis), tf.int32)
        first, last = tf.argmax(on, 1), side - tf.argmax(on[:, ::-1], 1)
        centres.append(tf.cast(first + last, tf.float32) / 2)
        extents.append(tf.cast(last - first, tf.float32))
    longest = tf.maximum(*extents)
    reach = (longest - longest / _SIDE) / 2  # from the centre to the centre of the outermost pixel
    boxes = [centre - 0.5 + sign * reach for sign in (-1, 1) for centre in centres]
    boxes = tf.stack(boxes, axis=1) / (side - 1)
    return tf.image.crop_and_resize(images, boxes, tf.range(tf.shape(images)[0]), (_SIDE, _SIDE))


class Contrast(keras.layers.Layer):
    """Brighter or darker garments, float32[n, 28, 28, 1] in [0, 255]; the background stays black."""

    STRENGTH: Final = 0.5

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = keras.random.SeedGenerator(seed)

    def call(self, images: Any) -> Any:
        """A random exponent for each image."""
        shape = (ops.shape(images)[0], 1, 1, 1)
        exponent = ops.exp(keras.random.uniform(shape, -self.STRENGTH, self.STRENGTH, seed=self._random))
        return 255 * (images / 255) ** exponent


def _shift(pixels: int, seed: int) -> keras.layers.Layer:
    share = pixels / _SIDE
    return keras.layers.RandomTranslation(share, share, fill_mode="constant", interpolation="nearest", seed=seed)


def _erasing(most: float, seed: int) -> keras.layers.Layer:
    """In half of the images a random rectangle of at most this share of the image becomes black."""
    return keras.layers.RandomErasing(0.5, scale=(0.02, most), fill_value=0.0, value_range=(0, 255), seed=seed)


LAYERS: Final[dict[Change, Callable[[int], keras.layers.Layer]]] = {
    "mirror": lambda seed: keras.layers.RandomFlip("horizontal", seed=seed),
    "pose": Pose,
    "shift": lambda seed: _shift(SHIFT_PIXELS, seed),
    "small shift": lambda seed: _shift(SMALL_SHIFT_PIXELS, seed),
    "contrast": Contrast,
    "erasing": lambda seed: _erasing(0.15, seed),
    "small erasing": lambda seed: _erasing(0.1, seed),
}
ROBUST: Final[tuple[Change, ...]] = ("mirror", "contrast", "pose", "shift", "erasing")


def augmentation(changes: Sequence[Change], seed: int) -> Callable[[tf.Tensor], tf.Tensor] | None:
    """A function from uint8[n, 28, 28] to changed images of this shape; None if there is nothing to change.

    `seed` decides all random numbers; each call of the function uses new ones.
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
