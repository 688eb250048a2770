"""Occlusion map of any network: how much confidence it loses when a part of the picture is covered.

After "Visualizing and Understanding Convolutional Networks" (Zeiler and Fergus, arXiv 1311.2901), section 4.2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

PATCH: Final = 6  # side of the black patch in pixels, a fifth of the picture
STEP: Final = 2  # pixels from one place of the patch to the next: 144 places, reaching all edges
_SIDE: Final = 28

Probabilities = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True)
class Occlusion:
    """The effect of a black patch on the confidence for class `label`.

    `whole`: the confidence for the whole picture; `covered` float32[12, 12]: with the patch at each place; `effect`
    float64[28, 28]: for every pixel, the mean of `whole` - confidence over the patches that cover it. `lowest`: the
    place (top row, left column) with the lowest confidence, `lowest_share`; the network's answer there is
    `lowest_label`, with `lowest_confidence`.
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
    """Cover uint8[28, 28] at each place; calls `probabilities` (uint8[n, 28, 28] to float32[n, 10]) once."""
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
    covered, answer = shares.reshape(len(starts), len(starts)), answers[1 + lowest]
    where = places[lowest], float(shares[lowest]), int(answer.argmax()), float(answer.max())
    return Occlusion(label, whole, covered, costs / patches, *where)
