"""Why any network answers as it does: cover a part of the picture, and see how much of the confidence it costs.

After "Visualizing and Understanding Convolutional Networks" (Zeiler and Fergus, arXiv 1311.2901), section 4.2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

PATCH: Final = 6  # pixels a side, a fifth of the picture
STEP: Final = 2  # 144 places; the patch reaches both edges
_SIDE: Final = 28

Probabilities = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True)
class Occlusion:
    """What a black patch does to the confidence for class `label`.

    `whole`: the confidence for the whole picture; `covered` float32[12, 12]: that with the patch at each place;
    `effect` float64[28, 28]: for every pixel, the mean of `whole` - confidence over the patches that cover it.
    `lowest`: the place (top row, left column) that costs most, what the network says then, and how surely.
    """

    label: int
    whole: float
    covered: NDArray[np.float32]
    effect: NDArray[np.float64]
    lowest: tuple[int, int]
    lowest_share: float
    lowest_label: int
    lowest_confidence: float


def occlusion(probabilities: Probabilities, pixels: NDArray[np.uint8], label: int) -> Occlusion:
    """Cover uint8[28, 28] at all places and ask `probabilities` (uint8[n, 28, 28] to float32[n, 10]) once for all."""
    starts = range(0, _SIDE - PATCH + 1, STEP)
    places = [(row, column) for row in starts for column in starts]
    images = np.repeat(pixels[None], len(places) + 1, axis=0)
    for image, (row, column) in zip(images[1:], places, strict=True):
        image[row : row + PATCH, column : column + PATCH] = 0
    answers = probabilities(images)
    whole, shares = float(answers[0, label]), answers[1:, label]
    lowest = int(shares.argmin())
    costs, patches = np.zeros((_SIDE, _SIDE)), np.zeros((_SIDE, _SIDE))
    for share, (row, column) in zip(shares, places, strict=True):
        costs[row : row + PATCH, column : column + PATCH] += whole - share
        patches[row : row + PATCH, column : column + PATCH] += 1
    return Occlusion(
        label=label,
        whole=whole,
        covered=shares.reshape(len(starts), len(starts)),
        effect=costs / patches,
        lowest=places[lowest],
        lowest_share=float(shares[lowest]),
        lowest_label=int(answers[1 + lowest].argmax()),
        lowest_confidence=float(answers[1 + lowest].max()),
    )
