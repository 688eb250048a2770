"""Temperature scaling: one number of a run, its temperature, makes the confidence agree with the accuracy.

Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", 2017, arXiv 1706.04599. There the logits are
divided by T; here the equivalent is done to probabilities, p ** (1 / T) normalised to sum 1, which is also defined for
the mean of several softmax outputs. The order of the classes does not change, so neither does the accuracy.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
Labels = NDArray[np.integer[Any]]

RANGE: Final = (0.05, 20.0)  # of temperatures; for a network without an error the likelihood grows as T falls to 0
BINS: Final = 15  # ranges of confidence in the calibration error, as in the paper
_GOLDEN: Final = (math.sqrt(5) - 1) / 2  # 0.62
_STEPS: Final = 40  # each multiplies the range of log T, at first 6 wide, by 0.62: in the end it is 3e-8
_LEAST: Final = float(np.finfo(np.float32).tiny)  # replaces a probability that was rounded to 0


def calibrated(probabilities: Probabilities, temperature: float) -> Probabilities:
    """float32[n, 10] with row sums of 1; a temperature above 1 lowers the confidence, one below 1 raises it."""
    return np.exp(_log_probabilities(probabilities, temperature)).astype(np.float32)


def fit_temperature(probabilities: Probabilities, labels: Labels) -> float:
    """The temperature in RANGE with the least negative log-likelihood on float32[n, 10] and labels int[n], n > 0.

    The negative log-likelihood is convex in 1 / T, so it has one minimum, found by golden-section search.
    """
    low, high = (math.log(bound) for bound in RANGE)
    best = _minimum(lambda log: negative_log_likelihood(probabilities, labels, math.exp(log)), low, high)
    return math.exp(best)


def negative_log_likelihood(probabilities: Probabilities, labels: Labels, temperature: float = 1.0) -> float:
    """The cross-entropy of the calibrated probabilities: mean over the images, in nats."""
    shares = _log_probabilities(probabilities, temperature)
    return float(-shares[np.arange(len(labels)), labels].mean())


def calibration_error(probabilities: Probabilities, labels: Labels) -> float:
    """Expected calibration error, in [0, 1]: |accuracy - mean confidence| in each of BINS equal ranges of confidence,
    averaged with the number of images in the range as weight.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=right - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(labels))


def calibration(test: tuple[Probabilities, Labels], validation: tuple[Probabilities, Labels] | None) -> dict[str, Any]:
    """The entry `calibration` of run.json: the temperature, and the errors on other images without and with it.

    Each pair is probabilities float32[n, 10] and labels int[n]. The temperature is fitted on `validation` and the
    errors are measured on all test images; without `validation`, on the first and the second half of the test images.
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


def _log_probabilities(probabilities: Probabilities, temperature: float) -> NDArray[np.float64]:
    scaled = np.log(np.maximum(probabilities, _LEAST), dtype=np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    return scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))


def _minimum(function: Callable[[float], float], low: float, high: float) -> float:
    """The argument in [low, high] at which a function with one minimum has it, by golden-section search."""
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
