"""How far a picture is from everything the network was trained on.

The network's own confidence cannot tell: an inverted picture is classified wrongly with confidence 1. The error of
rebuilding a picture from the 64 principal components of the training images can.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

COMPONENTS: Final = 64
_SAMPLE: Final = 12_000  # training images for the components; more change the result by less than a percent
_HELD_OUT: Final = 2_000  # further ones, which decide from which error on a picture counts as far
_ALARM_QUANTILE: Final = 0.99

Arrays = dict[str, NDArray[np.float32]]


def fit(images: NDArray[np.uint8]) -> Arrays:
    """From training images uint8[n, 28, 28]: mean float32[784], components float32[64, 784], threshold float32[]."""
    pixels = _pixels(images[np.random.default_rng(0).permutation(len(images))[: _SAMPLE + _HELD_OUT]])
    held_out = max(1, min(_HELD_OUT, len(pixels) // 5))
    known = pixels[held_out:]
    mean = known.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(known - mean, rowvar=False))  # ascending
    fitted = {"mean": mean, "components": vectors[:, ::-1][:, :COMPONENTS].T.astype(np.float32)}
    threshold = np.quantile(_errors(pixels[:held_out], fitted), _ALARM_QUANTILE)
    return {**fitted, "threshold": np.asarray(threshold, np.float32)}


def distance(images: NDArray[np.uint8], fitted: Arrays) -> NDArray[np.float32]:
    """The error of each picture, root mean square over its pixels in [0, 1]: uint8[n, 28, 28] to float32[n]."""
    return _errors(_pixels(images), fitted)


def _errors(pixels: NDArray[np.float32], fitted: Arrays) -> NDArray[np.float32]:
    centred = pixels - fitted["mean"]
    rebuilt = centred @ fitted["components"].T @ fitted["components"]
    return np.sqrt(((centred - rebuilt) ** 2).mean(axis=1))


def _pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images.reshape(len(images), -1).astype(np.float32) / 255.0
