"""What a network gets to see of a picture. Apart from `photo`, so that the bot can hold it without OpenCV."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Seen:
    """What a network gets to see of a picture, and how that came about.

    `pixels` uint8[28, 28], garment bright on 0; `original` uint8[h, w, 3], upright, longest side at most 256;
    `mask` uint8[h, w] of 0 and 1, where the garment was found, None if there was no need or nothing to find;
    `steps`: what was done, names out of `trainer.photo.STEPS`.
    """

    pixels: NDArray[np.uint8]
    original: NDArray[np.uint8]
    mask: NDArray[np.uint8] | None
    steps: tuple[str, ...]
