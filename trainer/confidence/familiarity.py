"""Is a picture anything like the training data? Asked of the pixels, because the network's own confidence cannot tell.

On inverted pictures and on noise the tutorial's network is surer than on clothes: its confidence ranks them worse than
chance (AUROC 0.06 and 0.22). Seven simple checks find what it does not notice, and can say what they found. None of
them tells an eleventh kind of garment: a skirt is no stranger than a dress.
"""

import hashlib
import io
import threading
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from trainer.confidence.nearest import Bank, Neighbours, choose
from trainer.data.dataset import Dataset, split

COMPONENTS: Final = 64
CHECKS: Final = (
    "bright",  # 64 principal components cannot rebuild it: too bright or too busy
    "thin",  # the same as a share of its own brightness: thin lines, or all but empty
    "shape",  # far from all ten classes in the space of the components (Mahalanobis), however bright it is
    "even",  # hardly any contrast: empty, or evenly bright
    "background",  # its corners are not black
    "box",  # it covers even the least covered side of its bounding box: a page, a screen
    "small",  # it does not reach from one edge of the picture to the other, as garments do in at least one direction
)
FALSE_ALARMS: Final = 0.005  # share of held-out training images beyond the limit, for each check
THRESHOLD: Final = 1.0  # of `Familiarity.scores`
_PIXELS: Final = 28 * 28
_CLASSES: Final = 10
_MOST_IMAGES: Final = 12_000  # more moves the limits in the third digit and costs a second
_PIECE: Final = 500  # images at a time: in the bot, memory counts
_DARK: Final = 1e-3  # keeps the share of an empty picture finite, and large
_FAINT: Final = 0.02  # and its brightness, by which `shape` divides
_INK: Final = 16  # gray value; the shop's background left traces below it
# Between usual and too much, where nearly all images are exactly as usual: eight gray values, four of 28 pixels.
_LEAST_ROOM: Final = np.array([{"background": 8 / 255, "small": 4 / 28}.get(check, 1e-3) for check in CHECKS])

Arrays = dict[str, NDArray[Any]]
_loaded: WeakValueDictionary[str, "Familiarity"] = WeakValueDictionary()
_loading = threading.Lock()
_packed: dict[str, bytes] = {}
_packing = threading.Lock()


def fit(known: NDArray[np.uint8], labels: NDArray[np.uint8], held_out: NDArray[np.uint8]) -> Arrays:
    """What `Familiarity` needs to remember of training images uint8[n, 28, 28] with labels uint8[n].

    The limits are those that FALSE_ALARMS of `held_out`, other training images, exceed. Returns `mean` float32[784]
    and `components` float32[64, 784]; `centres` float32[k, 64] and `whitening` float32[k, 64, 64] of the k classes;
    `limits` float32[2, 7], the usual and the greatest value of each check; `bank_images` uint8[m, 28, 28] and
    `bank_labels` uint8[m], see `nearest`.
    """
    chosen = choose(labels)
    bank = {"bank_images": known[chosen], "bank_labels": labels[chosen]}
    step = -(-len(known) // _MOST_IMAGES)
    known, labels = known[::step], labels[::step]  # evenly spread: the order of the data set is no draw
    mean = sum(_flat(piece).sum(axis=0, dtype=np.float64) for piece in _pieces(known)) / len(known)
    mean = np.asarray(mean, np.float32)
    scatter = np.zeros((_PIXELS, _PIXELS), np.float32)
    for piece in _pieces(known):
        centred = _flat(piece) - mean
        scatter += centred.T @ centred
    _, vectors = np.linalg.eigh(scatter)
    components = np.ascontiguousarray(vectors[:, : -COMPONENTS - 1 : -1].T)
    codes = np.concatenate([_codes(_flat(piece), components) for piece in _pieces(known)])
    arrays = {"mean": mean, "components": components, **_classes(codes, labels)}
    measured = np.concatenate([_measure(piece, arrays) for piece in _pieces(held_out)])
    usual, limit = np.quantile(measured, (0.5, 1 - FALSE_ALARMS), axis=0)
    limits = np.stack([usual, np.maximum(limit, usual + _LEAST_ROOM)]).astype(np.float32)
    return {**arrays, "limits": limits, **bank}


def packed(dataset: Dataset) -> bytes:
    """familiarity.npz: the same for every run of a data set, so a process makes it once, and a bot holds it once."""
    with _packing:
        if dataset.sha256 not in _packed:
            parts = split(dataset, validation=True)
            arrays = fit(parts.train_images, parts.train_labels, parts.validation_images)
            stream = io.BytesIO()
            np.savez_compressed(stream, allow_pickle=False, **arrays)
            _packed[dataset.sha256] = stream.getvalue()
        return _packed[dataset.sha256]


class Familiarity:
    """The training data of one run, as far as the checks and the nearest images need to remember it."""

    def __init__(self, arrays: Arrays) -> None:
        """arrays: of `fit`; KeyError if one is missing. A run saved before there were seven checks has only two."""
        self._arrays = {name: arrays[name] for name in ("mean", "components", "limits")}
        self._bank = None
        if self._arrays["limits"].ndim == 1:
            self._arrays["limits"] = np.stack([0 * arrays["limits"], arrays["limits"]])
            return
        self._arrays |= {name: arrays[name] for name in ("centres", "whitening")}
        images = arrays["bank_images"]
        codes = np.concatenate([_codes(_flat(piece), arrays["components"]) for piece in _pieces(images)])
        self._bank = Bank(images, arrays["bank_labels"], codes)

    @classmethod
    def load(cls, path: Path) -> "Familiarity":
        """Read familiarity.npz; OSError, ValueError or KeyError for a file that is none.

        Runs of the same training data have the same file: while one of them is in use the others share its memory.
        """
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        with _loading:
            if (known := _loaded.get(digest)) is None:
                known = _loaded[digest] = cls(_read(content))
            return known

    def scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What CHECKS say of uint8[n, 28, 28]: float32[n, 7], about 0 for what is usual, too far beyond THRESHOLD."""
        usual, limit = self._arrays["limits"]
        return ((_measure(images, self._arrays) - usual) / (limit - usual)).astype(np.float32)

    def nearest(self, image: NDArray[np.uint8]) -> Neighbours | None:
        """The training images most similar to uint8[28, 28]; None for a run saved before they were kept."""
        if self._bank is None:
            return None
        return self._bank.nearest(_codes(_flat(image[None]), self._arrays["components"])[0])


def failed(scores: NDArray[np.float32]) -> tuple[str, ...]:
    """The names of the checks that one picture failed, by its `Familiarity.scores` float32[7], the worst first."""
    order = np.argsort(-scores, kind="stable")
    return tuple(CHECKS[number] for number in order if scores[number] > THRESHOLD)


def _read(content: bytes) -> Arrays:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, AttributeError) as error:  # the last: a single array, not a file
        raise ValueError("not an .npz file") from error


def _pieces(images: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Some images at a time: all at once, as floats and twice, would be the largest thing in a training."""
    for first in range(0, len(images), _PIECE):
        yield images[first : first + _PIECE]


def _flat(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images.reshape(len(images), _PIXELS).astype(np.float32) / np.float32(255)


def _codes(pixels: NDArray[np.float32], components: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[n, 64]: where pictures, all made equally bright, lie in the space of the components."""
    brightness = np.sqrt((pixels**2).mean(axis=1, keepdims=True)) + np.float32(_FAINT)
    return (pixels / brightness) @ components.T


def _classes(codes: NDArray[np.float32], labels: NDArray[np.uint8]) -> Arrays:
    """Centre and whitening matrix of each class that has images: W with |(x - centre) W|² the squared Mahalanobis."""
    least = max(float(np.linalg.eigvalsh(np.cov(codes.T))[0]), 1e-6)  # no class is flatter than all together
    centres, whitening = [], []
    for label in range(_CLASSES):
        own = codes[labels == label]
        if len(own) > 1:
            covariance = np.cov(own.T) + least * np.eye(codes.shape[1])
            centres.append(own.mean(axis=0))
            whitening.append(np.linalg.inv(np.linalg.cholesky(covariance)).T)
    return {"centres": np.array(centres, np.float32), "whitening": np.array(whitening, np.float32)}


def _measure(images: NDArray[np.uint8], arrays: Arrays) -> NDArray[np.float32]:
    """What the checks look at, for uint8[n, 28, 28]: float32[n, 7], or [n, 2] for arrays that have no classes."""
    pixels = _flat(images)
    measured = [*_rebuilding_errors(pixels, arrays)]
    if "centres" in arrays:
        measured += [_shape_distance(pixels, arrays), -pixels.std(axis=1), _corners(images), *_outline(images)]
    return np.stack(measured, axis=1).astype(np.float32)


def _rebuilding_errors(pixels: NDArray[np.float32], arrays: Arrays) -> NDArray[np.float32]:
    """Root mean square error a pixel, and the same as a share of the pixels' own root mean square: float32[2, n]."""
    centred = pixels - arrays["mean"]
    rebuilt = (centred @ arrays["components"].T) @ arrays["components"]
    error = ((centred - rebuilt) ** 2).mean(axis=1)
    share = error / ((pixels**2).mean(axis=1) + _DARK / _PIXELS)
    return np.sqrt(np.stack([error, share]))


def _shape_distance(pixels: NDArray[np.float32], arrays: Arrays) -> NDArray[np.float32]:
    """Mahalanobis distance to the nearest class: float32[n]."""
    apart = _codes(pixels, arrays["components"]) - arrays["centres"][:, None]
    return np.sqrt(((apart @ arrays["whitening"]) ** 2).sum(axis=2).min(axis=0))


def _corners(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The median of the four corners, in [0, 1]: float32[n]. One corner may be cloth."""
    return np.median(images[:, [0, 0, -1, -1], [0, -1, 0, -1]], axis=1).astype(np.float32) / 255


def _outline(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of the garment's bounding box: the share that is covered of its least covered side, 1 for a box, 0 for nothing;
    and what its longest side lacks of the picture's, 0 ... 1. Both float32[n].
    """
    ink = images > _INK
    high, low = _ends(ink)
    wide, narrow = _ends(ink.transpose(0, 2, 1))
    return np.minimum(low, narrow), 1 - np.maximum(high, wide)


def _ends(ink: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of bool[n, h, w]: the extent from the first to the last row with ink, as a share of all rows, and the share of
    the box's width that the emptier of these two rows covers. Both float32[n]; 1 and 0 where there is no ink, which is
    the affair of another check.
    """
    every, (_, height, width) = np.arange(len(ink)), ink.shape
    rows, columns = np.asarray(ink.any(axis=2)), np.asarray(ink.any(axis=1))
    first, last = rows.argmax(axis=1), height - 1 - rows[:, ::-1].argmax(axis=1)
    across = width - columns[:, ::-1].argmax(axis=1) - columns.argmax(axis=1)
    extent = np.where(rows[every, first], (last + 1 - first) / height, 1)
    covered = np.minimum(ink[every, first].sum(axis=1), ink[every, last].sum(axis=1)) / across
    return extent.astype(np.float32), covered.astype(np.float32)
