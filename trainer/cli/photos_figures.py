"""Figures about classified photographs of garments, for one run or for several on the same photographs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.cli.photos import Photo

_RESAMPLES: Final = 4000
_SEED: Final = 0
_TAILS: Final = (0.025, 0.975)


@dataclass(frozen=True)
class Figure:
    """A fraction, and its 95 % interval by bootstrap over the pictures; NaN where there is nothing to count."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


@dataclass(frozen=True)
class Figures:
    """`balanced`: the mean of the accuracies in each class. `sure`: the share answered without the warning that the
    cut-out or the answer is uncertain; `sure_strict`: the strict accuracy of these. Of several runs, means.
    """

    strict: Figure
    lenient: Figure
    balanced_strict: Figure
    balanced_lenient: Figure
    sure: Figure
    sure_strict: Figure


def figures_of(runs: Sequence[Sequence[Photo]]) -> Figures:
    """For the answers of one or more runs to the same photographs in the same order, at least one."""
    folders = [photo.folder for photo in runs[0]]
    strict, lenient, sure = (
        np.array([[rule(photo) for photo in photos] for photos in runs], np.float64)
        for rule in (lambda photo: photo.strict, lambda photo: photo.lenient, lambda photo: not photo.prediction.doubts)
    )
    classes = np.array([[one == name for one in folders] for name in sorted(set(folders))], np.float64)
    # How often each picture is drawn: once, then as the bootstrap draws them.
    count = len(folders)
    drawn = np.random.default_rng(_SEED).multinomial(count, np.full(count, 1 / count), _RESAMPLES)
    weights = np.vstack([np.ones(count), drawn]).astype(np.float64)
    every = np.ones_like(strict)
    return Figures(
        _figure(_ratio(weights, strict, every)),
        _figure(_ratio(weights, lenient, every)),
        _figure(_balanced(weights, strict, classes)),
        _figure(_balanced(weights, lenient, classes)),
        _figure(_ratio(weights, sure, every)),
        _figure(_ratio(weights, strict * sure, sure)),
    )


def _ratio(
    weights: NDArray[np.float64], counted: NDArray[np.float64], among: NDArray[np.float64]
) -> NDArray[np.float64]:
    """For each draw float64[draws, n], the share of `among` float64[runs, n] that is `counted`: float64[draws]."""
    with np.errstate(invalid="ignore"):
        return (weights @ counted.sum(axis=0)) / (weights @ among.sum(axis=0))


def _balanced(
    weights: NDArray[np.float64], right: NDArray[np.float64], classes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The mean over `classes` float64[k, n] of 0 and 1; a class that was not drawn does not count."""
    every = np.ones_like(right)
    return np.nanmean([_ratio(weights, right * one, every * one) for one in classes], axis=0)


def _figure(values: NDArray[np.float64]) -> Figure:
    return Figure(float(values[0]), *(float(tail) for tail in np.nanquantile(values[1:], _TAILS)))
