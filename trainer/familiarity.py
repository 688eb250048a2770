"""Is a picture anything like the training data? Asked of the pixels, because the network's own confidence cannot tell.

On inverted pictures and on noise the tutorial's network is surer than on clothes: its confidence ranks them worse than
chance (AUROC 0.06 and 0.22). How badly 64 principal components of the training images rebuild a picture tells them
apart. The error counts twice: as it is, which betrays what is too bright or too busy, and as a share of the picture's
own brightness, which betrays what is thin or all but empty. Neither tells an eleventh kind of garment: a skirt is
rebuilt as well as a dress.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

COMPONENTS: Final = 64
_PIXELS: Final = 28 * 28
FALSE_ALARMS: Final = 0.01  # share of unseen training images beyond the threshold, for each of the two errors
THRESHOLD: Final = 1.0  # of `Familiarity.score`
_HELD_OUT: Final = 0.2
_MOST_IMAGES: Final = 12_000  # more moves the thresholds in the third digit and costs a second
_DARK: Final = 1e-3  # keeps the share of an empty picture finite, and large

Arrays = dict[str, NDArray[np.float32]]


def fit(train_images: NDArray[np.uint8]) -> Arrays:
    """What `Familiarity` needs, from uint8[n, 28, 28].

    Returns `mean` float32[784], `components` float32[64, 784] and `limits` float32[2]: the two errors that one in a
    hundred of the training images that were held out exceeds.
    """
    step = -(-len(train_images) // _MOST_IMAGES)
    pixels = _flat(train_images[::step])  # evenly spread: the order of the data set is no draw
    held_out = max(1, round(len(pixels) * _HELD_OUT))
    known, unseen = pixels[held_out:], pixels[:held_out]
    mean = known.mean(axis=0)
    centred = known - mean
    _, vectors = np.linalg.eigh(centred.T @ centred)
    components = np.ascontiguousarray(vectors[:, : -COMPONENTS - 1 : -1].T)
    limits = np.quantile(_errors(unseen, mean, components), 1 - FALSE_ALARMS, axis=0)
    return {"mean": mean, "components": components, "limits": limits.astype(np.float32)}


class Familiarity:
    """The training data of one run, as far as `score` needs to remember it."""

    def __init__(self, arrays: Arrays) -> None:
        self._mean, self._components, self._limits = (arrays[name] for name in ("mean", "components", "limits"))

    @classmethod
    def load(cls, path: Path) -> "Familiarity":
        """Read familiarity.npz; OSError, ValueError or KeyError for a file that is none."""
        with np.load(path, allow_pickle=False) as file:
            return cls({name: file[name] for name in ("mean", "components", "limits")})

    def score(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How far uint8[n, 28, 28] are from the training data: float32[n] from 0 on, far beyond `THRESHOLD`."""
        errors = _errors(_flat(images), self._mean, self._components)
        return (errors / self._limits).max(axis=1).astype(np.float32)


def _flat(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images.reshape(len(images), _PIXELS).astype(np.float32) / np.float32(255)


def _errors(
    pixels: NDArray[np.float32], mean: NDArray[np.float32], components: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Root mean square error a pixel, and the same as a share of the pixels' own root mean square: float32[n, 2]."""
    centred = pixels - mean
    rebuilt = (centred @ components.T) @ components
    error = ((centred - rebuilt) ** 2).mean(axis=1)
    share = error / ((pixels**2).mean(axis=1) + _DARK / _PIXELS)
    return np.sqrt(np.stack([error, share], axis=1)).astype(np.float32)
