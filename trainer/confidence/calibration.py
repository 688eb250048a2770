"""How sure is sure? One number a run, its temperature, makes the confidence agree with how often it is right.

Temperature scaling: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", 2017, arXiv 1706.04599.
There it divides the logits; here it is the same done to probabilities, p ** (1 / T) made to sum to 1 again, which is
also defined for the mean of two softmaxes. The order of the ten does not change, so the accuracy does not either.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Shares = NDArray[np.float32]
Labels = NDArray[np.integer[Any]]

RANGE: Final = (0.05, 20.0)  # of temperatures; a network without an error on the images would ask for none at all
BINS: Final = 15  # of the calibration error, as in the paper
_GOLDEN: Final = (math.sqrt(5) - 1) / 2
_STEPS: Final = 40  # each shrinks the range of log T, 6 wide, by 0.62: to 3e-8
_LEAST: Final = float(np.finfo(np.float32).tiny)  # in place of a probability that was rounded to 0


def calibrated(probabilities: Shares, temperature: float) -> Shares:
    """float32[n, 10] with row sums of 1, made less sure by a temperature above 1 and surer by one below."""
    return np.exp(_log_shares(probabilities, temperature)).astype(np.float32)


def fit_temperature(probabilities: Shares, labels: Labels) -> float:
    """The temperature in RANGE with the least negative log-likelihood on float32[n, 10] and labels int[n], n > 0.

    That is convex in 1 / T, so it has one minimum, which the golden section finds.
    """
    low, high = (math.log(bound) for bound in RANGE)
    best = _minimum(lambda log: negative_log_likelihood(probabilities, labels, math.exp(log)), low, high)
    return math.exp(best)


def negative_log_likelihood(probabilities: Shares, labels: Labels, temperature: float = 1.0) -> float:
    """Mean over the images, in nats: the loss of training, of the calibrated probabilities."""
    shares = _log_shares(probabilities, temperature)
    return float(-shares[np.arange(len(labels)), labels].mean())


def calibration_error(probabilities: Shares, labels: Labels) -> float:
    """Expected calibration error: |accuracy - mean confidence| within each of BINS equal ranges of confidence,
    weighted by the images in it.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    number = np.minimum((confidence * BINS).astype(int), BINS - 1)
    apart = np.bincount(number, weights=right - confidence, minlength=BINS)
    return float(np.abs(apart).sum() / len(labels))


def calibration(test: tuple[Shares, Labels], validation: tuple[Shares, Labels] | None) -> dict[str, Any]:
    """What run.json says: the temperature, the images it was fitted on, and the errors on others before and after.

    Each pair is probabilities float32[n, 10] and labels int[n]. Without `validation` images the first half of the test
    images fits and the second half reports; else all of the test images report.
    """
    half = len(test[1]) // 2
    fitting, reporting = validation, test
    names = "validation", "test"
    if fitting is None:
        fitting, reporting = (test[0][:half], test[1][:half]), (test[0][half:], test[1][half:])
        names = f"test[:{half}]", f"test[{half}:]"
    temperature = fit_temperature(*fitting)
    shares, labels = reporting
    after = calibrated(shares, temperature)
    return {
        "temperature": round(temperature, 6),
        "fitted_on": names[0],
        "images": len(fitting[1]),
        "reported_on": names[1],
        "reported_images": len(labels),
        "ece_before": calibration_error(shares, labels),
        "ece_after": calibration_error(after, labels),
        "nll_before": negative_log_likelihood(shares, labels),
        "nll_after": negative_log_likelihood(shares, labels, temperature),
    }


def _log_shares(probabilities: Shares, temperature: float) -> NDArray[np.float64]:
    scaled = np.log(np.maximum(probabilities, _LEAST), dtype=np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    return scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))


def _minimum(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one minimum has it, by golden section."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(_STEPS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = function(right)
    return (low + high) / 2
