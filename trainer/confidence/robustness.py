"""The accuracy on test images that are shifted a little or mirrored; for run.json, no other use."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

IMAGES: Final = 2000  # enough: ten of them are half a point of accuracy
SHIFTS: Final = (1, 2, 3)  # pixels


def robustness(accuracy_of: Callable[[NDArray[np.uint8]], float], images: NDArray[np.uint8]) -> dict[str, float]:
    """Accuracy on the first IMAGES of uint8[n, 28, 28], changed: `shift_1` ... `shift_3` by so many pixels (a quarter
    of the images in each direction), `mirror`, and `none` unchanged.

    `accuracy_of` is called with changed images uint8[k, 28, 28], k = min(n, IMAGES), in their order.
    """
    images = images[:IMAGES]
    changed = {"none": images, "mirror": images[:, :, ::-1], **{f"shift_{by}": shifted(images, by) for by in SHIFTS}}
    return {name: accuracy_of(pixels) for name, pixels in changed.items()}


def shifted(images: NDArray[np.uint8], by: int) -> NDArray[np.uint8]:
    """Shift uint8[n, 28, 28] by so many pixels, filled with black: every fourth image right, down, left, up."""
    padded = np.pad(images, ((0, 0), (by, by), (by, by)))
    side = images.shape[1]
    result = np.empty_like(images)
    for direction, (top, left) in enumerate(((by, 0), (0, by), (by, 2 * by), (2 * by, by))):
        result[direction::4] = padded[direction::4, top : top + side, left : left + side]
    return result
