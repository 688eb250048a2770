"""What remains of the accuracy when the test images are moved a little or mirrored: nothing is trained by it."""

from typing import Final

import keras
import numpy as np
from numpy.typing import NDArray

from trainer.steps.evaluate import evaluate

IMAGES: Final = 2000  # the first ones; one in two hundred of them is half a point
SHIFTS: Final = (1, 2, 3)  # pixels


def robustness(model: keras.Model, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> dict[str, float]:
    """Accuracy on the first IMAGES of uint8[n, 28, 28], changed: `shift_1` ... `shift_3` by so many pixels (a quarter
    of the images in each direction), `mirror`, and `none` as they are.
    """
    images, labels = images[:IMAGES], labels[:IMAGES]
    changed = {"none": images, "mirror": images[:, :, ::-1], **{f"shift_{by}": shifted(images, by) for by in SHIFTS}}
    return {name: _accuracy(model, pixels, labels) for name, pixels in changed.items()}


def shifted(images: NDArray[np.uint8], by: int) -> NDArray[np.uint8]:
    """Move uint8[n, 28, 28] by so many pixels, black coming in: every fourth image right, down, left, up."""
    padded = np.pad(images, ((0, 0), (by, by), (by, by)))
    side = images.shape[1]
    result = np.empty_like(images)
    for turn, (top, left) in enumerate(((by, 0), (0, by), (by, 2 * by), (2 * by, by))):
        result[turn::4] = padded[turn::4, top : top + side, left : left + side]
    return result


def _accuracy(model: keras.Model, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> float:
    return evaluate(model, images, labels).accuracy
