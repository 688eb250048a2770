"""Seven checks whether a picture is far from the training data, computed from its pixels.

The network's own confidence does not show it: on inverted pictures and on noise it is higher than on clothes (AUROC
0.06 and 0.22, where 0.5 is chance). A check that fails also names what is unusual. None of them recognises an eleventh
kind of garment: a skirt is as familiar as a dress.
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

from trainer.confidence.nearest import Bank, Neighbours, choose_bank_images
from trainer.data.dataset import Dataset, split

COMPONENTS: Final = 64
CHECKS: Final = (
    "bright",  # 64 principal components reconstruct it badly: too bright or too detailed
    "thin",  # the same relative to its own brightness: thin lines, or nearly empty
    "shape",  # its code is far from those of all ten classes (Mahalanobis distance), whatever its brightness
    "even",  # hardly any contrast: empty, or evenly bright
    "background",  # its corners are not black
    "box",  # it fills even the least filled side of its bounding box: a page, a screen
    "small",  # it does not reach from edge to edge in either direction, as garments of the data set do
)
FALSE_ALARMS: Final = 0.005  # share of held-out training images beyond the limit of each check
THRESHOLD: Final = 1.0  # a check fails if its score in `Familiarity.scores` is above
_PIXELS: Final = 28 * 28
_CLASSES: Final = 10
_MOST_IMAGES: Final = 12_000  # more change the limits in the third digit and cost a second
_CHUNK: Final = 500  # images at a time, to limit memory
_DARK: Final = (
    1e-3  # added to the sum of squared pixels, so that the relative error of an empty picture is finite, and large
)
_FAINT: Final = 0.02  # added to the brightness by which codes are divided
_GARMENT: Final = 16  # gray value from which a pixel is garment; darker ones are traces of the shop's background
# The least distance of the limit from the median, for checks in which nearly all images have the median value: eight
# gray values, four of 28 pixels.
_LEAST_MARGIN: Final = np.array([{"background": 8 / 255, "small": 4 / 28}.get(check, 1e-3) for check in CHECKS])

Arrays = dict[str, NDArray[Any]]
_loaded: WeakValueDictionary[str, "Familiarity"] = WeakValueDictionary()
_loading = threading.Lock()
_npz: dict[str, bytes] = {}
_npz_lock = threading.Lock()


def compute_arrays(images: NDArray[np.uint8], labels: NDArray[np.uint8], held_out: NDArray[np.uint8]) -> Arrays:
    """The arrays of familiarity.npz, from training images uint8[n, 28, 28] with labels uint8[n].

    `mean` float32[784] and `components` float32[64, 784]: principal components of the pixels in [0, 1]; `centres`
    float32[k, 64] and `whitening` float32[k, 64, 64]: the distribution of the codes of each of k classes; `limits`
    float32[2, 7]: of each check, the median over `held_out`, other training images, and the value that FALSE_ALARMS of
    these exceed; `bank_images` uint8[m, 28, 28] and `bank_labels` uint8[m]: see `nearest`.
    """
    chosen = choose_bank_images(labels)
    bank = {"bank_images": images[chosen], "bank_labels": labels[chosen]}
    step = -(-len(images) // _MOST_IMAGES)
    images, labels = images[::step], labels[::step]  # evenly spread, because the data set is not in random order
    mean = sum(_flat(chunk).sum(axis=0, dtype=np.float64) for chunk in _chunks(images)) / len(images)
    mean = np.asarray(mean, np.float32)
    scatter = np.zeros((_PIXELS, _PIXELS), np.float32)
    for chunk in _chunks(images):
        centred = _flat(chunk) - mean
        scatter += centred.T @ centred
    _, vectors = np.linalg.eigh(scatter)
    components = np.ascontiguousarray(vectors[:, : -COMPONENTS - 1 : -1].T)
    codes = np.concatenate([_codes(_flat(chunk), components) for chunk in _chunks(images)])
    arrays = {"mean": mean, "components": components, **_classes(codes, labels)}
    measured = np.concatenate([_measure(chunk, arrays) for chunk in _chunks(held_out)])
    median, limit = np.quantile(measured, (0.5, 1 - FALSE_ALARMS), axis=0)
    limits = np.stack([median, np.maximum(limit, median + _LEAST_MARGIN)]).astype(np.float32)
    return {**arrays, "limits": limits, **bank}


def npz_bytes(dataset: Dataset) -> bytes:
    """The content of familiarity.npz for a data set; computed once in a process, because all runs have the same."""
    with _npz_lock:
        if dataset.sha256 not in _npz:
            parts = split(dataset, validation=True)
            arrays = compute_arrays(parts.train_images, parts.train_labels, parts.validation_images)
            stream = io.BytesIO()
            np.savez_compressed(stream, allow_pickle=False, **arrays)
            _npz[dataset.sha256] = stream.getvalue()
        return _npz[dataset.sha256]


class Familiarity:
    """Checks pictures against the training data of a run, and finds its most similar images."""

    def __init__(self, arrays: Arrays) -> None:
        """arrays: of `compute_arrays`; KeyError if one is missing. Older runs have only the first two checks."""
        self._arrays = {name: arrays[name] for name in ("mean", "components", "limits")}
        self._bank = None
        if self._arrays["limits"].ndim == 1:
            self._arrays["limits"] = np.stack([0 * arrays["limits"], arrays["limits"]])
            return
        self._arrays |= {name: arrays[name] for name in ("centres", "whitening")}
        images = arrays["bank_images"]
        codes = np.concatenate([_codes(_flat(chunk), arrays["components"]) for chunk in _chunks(images)])
        self._bank = Bank(images, arrays["bank_labels"], codes)

    @classmethod
    def load(cls, path: Path) -> "Familiarity":
        """Read familiarity.npz; OSError, ValueError or KeyError if it cannot be read.

        Runs of the same training data have equal files, for which one object is shared while it is in use.
        """
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        with _loading:
            if (loaded := _loaded.get(digest)) is None:
                loaded = _loaded[digest] = cls(_read(content))
            return loaded

    def scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The scores of CHECKS for uint8[n, 28, 28]: float32[n, 7], 0 at the median, THRESHOLD at the limit."""
        median, limit = self._arrays["limits"]
        return ((_measure(images, self._arrays) - median) / (limit - median)).astype(np.float32)

    def nearest(self, image: NDArray[np.uint8]) -> Neighbours | None:
        """The training images most similar to uint8[28, 28]; None for an older run, which has none."""
        if self._bank is None:
            return None
        return self._bank.nearest(_codes(_flat(image[None]), self._arrays["components"])[0])


def failed_check_names(scores: NDArray[np.float32]) -> tuple[str, ...]:
    """The names of the checks that a picture fails, the worst first; scores: its row float32[7] of `scores`."""
    order = np.argsort(-scores, kind="stable")
    return tuple(CHECKS[number] for number in order if scores[number] > THRESHOLD)


def _read(content: bytes) -> Arrays:
    """ValueError if it is no .npz file; np.load gives a single array, without `files`, for an .npy file."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (zipfile.BadZipFile, zlib.error, EOFError, AttributeError) as error:
        raise ValueError("not an .npz file") from error


def _chunks(images: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Some images at a time: float32 copies of all would need more memory than the rest of a training."""
    for first in range(0, len(images), _CHUNK):
        yield images[first : first + _CHUNK]


def _flat(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8[n, 28, 28] as float32[n, 784] in [0, 1]."""
    return images.reshape(len(images), _PIXELS).astype(np.float32) / np.float32(255)


def _codes(pixels: NDArray[np.float32], components: NDArray[np.float32]) -> NDArray[np.float32]:
    """Codes float32[n, 64]: the principal components of pictures that are scaled to equal brightness."""
    brightness = np.sqrt((pixels**2).mean(axis=1, keepdims=True)) + np.float32(_FAINT)
    return (pixels / brightness) @ components.T


def _classes(codes: NDArray[np.float32], labels: NDArray[np.uint8]) -> Arrays:
    """`centres` and `whitening` of each class with images: |(code - centre) W|² is the squared Mahalanobis distance."""
    least = max(float(np.linalg.eigvalsh(np.cov(codes.T))[0]), 1e-6)  # regularises classes with few images
    centres, whitening = [], []
    for label in range(_CLASSES):
        own = codes[labels == label]
        if len(own) > 1:
            covariance = np.cov(own.T) + least * np.eye(codes.shape[1])
            centres.append(own.mean(axis=0))
            whitening.append(np.linalg.inv(np.linalg.cholesky(covariance)).T)
    return {"centres": np.array(centres, np.float32), "whitening": np.array(whitening, np.float32)}


def _measure(images: NDArray[np.uint8], arrays: Arrays) -> NDArray[np.float32]:
    """The quantity of each check for uint8[n, 28, 28]: float32[n, 7], or [n, 2] for the arrays of an older run."""
    pixels = _flat(images)
    measured = [*_reconstruction_errors(pixels, arrays)]
    if "centres" in arrays:
        measured += [_shape_distance(pixels, arrays), -pixels.std(axis=1), _corners(images), *_outline(images)]
    return np.stack(measured, axis=1).astype(np.float32)


def _reconstruction_errors(pixels: NDArray[np.float32], arrays: Arrays) -> NDArray[np.float32]:
    """Root mean square error per pixel, and the same relative to the pixels' root mean square: float32[2, n]."""
    centred = pixels - arrays["mean"]
    reconstructed = (centred @ arrays["components"].T) @ arrays["components"]
    error = ((centred - reconstructed) ** 2).mean(axis=1)
    share = error / ((pixels**2).mean(axis=1) + _DARK / _PIXELS)
    return np.sqrt(np.stack([error, share]))


def _shape_distance(pixels: NDArray[np.float32], arrays: Arrays) -> NDArray[np.float32]:
    """Mahalanobis distance to the nearest class: float32[n]."""
    offsets = _codes(pixels, arrays["components"]) - arrays["centres"][:, None]
    return np.sqrt(((offsets @ arrays["whitening"]) ** 2).sum(axis=2).min(axis=0))


def _corners(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The median of the four corners, float32[n] in [0, 1]; the garment may cover one."""
    return np.median(images[:, [0, 0, -1, -1], [0, -1, 0, -1]], axis=1).astype(np.float32) / 255


def _outline(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Two float32[n] in [0, 1] about the garment's bounding box: the share of its least filled side that is garment, 1
    for a filled box; and 1 - its longest side / 28.
    """
    garment = images > _GARMENT
    height, rows_filled = _ends(garment)
    width, columns_filled = _ends(garment.transpose(0, 2, 1))
    return np.minimum(rows_filled, columns_filled), 1 - np.maximum(height, width)


def _ends(garment: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Two float32[n] in [0, 1] for the bounding boxes in bool[n, h, w]: their height as a share of h; and the share of
    their width that is garment in their first or last row, whichever is less.

    1 and 0 for an empty picture, so that only the check `even` fails.
    """
    every, (_, height, width) = np.arange(len(garment)), garment.shape
    rows, columns = np.asarray(garment.any(axis=2)), np.asarray(garment.any(axis=1))
    first, last = rows.argmax(axis=1), height - 1 - rows[:, ::-1].argmax(axis=1)
    box_width = width - columns[:, ::-1].argmax(axis=1) - columns.argmax(axis=1)
    extent = np.where(rows[every, first], (last + 1 - first) / height, 1)
    filled = np.minimum(garment[every, first].sum(axis=1), garment[every, last].sum(axis=1)) / box_width
    return extent.astype(np.float32), filled.astype(np.float32)
