"""The practice set: ten kinds of garment drawn by code, so that a class and the tests work without network.

It has the geometry of Fashion-MNIST (28 x 28, bright on black, longest side 28, centred by bounding box, shoes with
the toe to the left), its class names and labels. Results on it say nothing about Fashion-MNIST.
`trainer.data.garments` draws the shapes; this module adds fabric and brightness, and saves the set.
"""

import hashlib
import io
import logging
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.data.garments import GARMENTS, SIDE, Draws, Field, wave
from trainer.errors import DatasetError
from trainer.runtime.atomic import new_file

TRAIN_COUNT: Final = 12_000
TEST_COUNT: Final = 2_000
_SEED: Final = 20_17  # arbitrary, but fixed: every machine draws the same set
_VERSION: Final = 2  # increase it when the drawing changes
_AT_ONCE: Final = 100  # garments drawn together; their arrays fit into the processor's cache
_FAINT: Final = 0.2  # pixels covered less than this are background, for sharp outlines
# How often each kind is striped, checked or printed, relative to T-shirts.
_PRINTED: Final = (1.0, 0.35, 0.8, 0.9, 0.4, 0.2, 1.0, 0.25, 0.4, 0.15)
_NAMES: Final = ("train_images", "train_labels", "test_images", "test_labels")
_log = logging.getLogger(__name__)

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


def load_practice(home: Path, *, notice: DatasetError | None = None) -> Dataset:
    """The practice set, 12 000 training and 2 000 test images; drawn once, then read from a file in `home`."""
    path = home / "datasets" / f"practice-{_VERSION}.npz"
    arrays = _read(path)
    if arrays is None:
        arrays = draw_practice(TRAIN_COUNT, TEST_COUNT)
        _write(path, arrays)
    for array in arrays:
        array.flags.writeable = False  # several trainings may share the arrays
    return Dataset("practice", _digest(arrays), *arrays, notice=notice)


def draw_practice(train_count: int, test_count: int) -> Arrays:
    """Training images and labels, test images and labels: uint8[n, 28, 28] and uint8[n]; the same on every machine."""
    rng = np.random.default_rng(_SEED)
    train_labels = rng.permutation(np.arange(train_count) % 10).astype(np.uint8)
    test_labels = rng.permutation(np.arange(test_count) % 10).astype(np.uint8)
    return draw_images(train_labels, rng), train_labels, draw_images(test_labels, rng), test_labels


def draw_images(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw one image per label: uint8[n] in 0 ... 9 to uint8[n, 28, 28]."""
    images = np.empty((len(labels), SIDE, SIDE), np.uint8)
    for label in range(10):
        places = np.flatnonzero(labels == label)
        for start in range(0, len(places), _AT_ONCE):
            part = places[start : start + _AT_ONCE]
            images[part] = _draw_kind(label, len(part), rng)
    return images


def _draw_kind(label: int, count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    draw = Draws(count, rng)
    cover, tone = GARMENTS[label](draw).finish()
    cover[cover < _FAINT] = 0
    images = _sharpen(cover * tone * _fabric(draw, rng, _PRINTED[label]))
    images *= draw.either(0.74, draw.between(150, 235), draw.between(40, 150))  # light and dark garments
    return _centre(np.where(cover > 0, np.clip(images, 1, 255), 0).astype(np.uint8))


def _centre(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Centre by bounding box; an odd margin is wider on top and on the left, as in Fashion-MNIST."""
    for axis in (1, 2):
        drawn = np.asarray(images.any(axis=3 - axis))
        before, after = drawn.argmax(axis=1), drawn[:, ::-1].argmax(axis=1)
        shift = (before - after) // 2  # the lines that wrap around are empty
        lines = (np.arange(SIDE) + shift[:, None]) % SIDE
        images = np.take_along_axis(images, np.expand_dims(lines, 3 - axis), axis)
    return images


def _sharpen(images: Field) -> Field:
    """Brighten along the outlines: Fashion-MNIST was sharpened after its images were made small."""
    soft = images.copy()
    soft[:, 1:-1] = (images[:, :-2] + 2 * images[:, 1:-1] + images[:, 2:]) / 4
    soft[:, :, 1:-1] = (soft[:, :, :-2] + 2 * soft[:, :, 1:-1] + soft[:, :, 2:]) / 4
    return images + (images - soft) / 2


def _fabric(draw: Draws, rng: np.random.Generator, printed: float) -> Field:
    """Folds, grain, stripes, checks and prints as factors around 1: float32[n, 28, 28]."""
    count = draw.count
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    folds = 1 + draw.between(0.05, 0.3) * _smooth(rng.random((count, 5, 5), np.float32) - 0.5)
    grain = rng.random((count, SIDE, SIDE), np.float32) + rng.random((count, SIDE, SIDE), np.float32) - 1
    cloth = folds * (1 + draw.either(0.84, draw.between(0.0, 0.15), draw.between(0.1, 0.5)) * grain)
    strength = draw.either(0.28 * printed, draw.between(0.1, 0.5), 0.0)
    horizontal = draw.either(0.7, 1.0, 0.0)  # most stripes; some are vertical, and both together are checks
    vertical = np.maximum(1 - horizontal, draw.chance(0.35))
    turns, phase = 1 / draw.between(2.2, 7), draw.between(0, 1)
    slant = draw.either(0.75, 0.0, draw.between(-1, 1))
    cloth *= 1 + strength * horizontal * np.clip(2 * wave((rows + slant * columns) * turns + phase), -1, 1)
    cloth *= 1 + strength * vertical * np.clip(2 * wave(columns * turns + phase), -1, 1)
    spots = (_smooth(rng.random((count, 14, 14), np.float32)) > 0.64) * draw.chance(0.1 * printed)
    return cloth * (1 + spots * draw.either(0.5, -0.5, 0.5))


def _smooth(values: Field) -> Field:
    """Enlarge float32[n, k, k] to float32[n, 28, 28] by linear interpolation."""
    at = np.arange(SIDE, dtype=np.float32) * ((values.shape[1] - 1) / (SIDE - 1))
    low = np.minimum(np.floor(at).astype(int), values.shape[1] - 2)
    share = at - low.astype(np.float32)
    lines = values[:, low] * (1 - share)[:, None] + values[:, low + 1] * share[:, None]
    return lines[:, :, low] * (1 - share) + lines[:, :, low + 1] * share


def _digest(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _read(path: Path) -> Arrays | None:
    """The saved arrays; None if there are none or they are damaged."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as kept:
            train_images, train_labels, test_images, test_labels = (kept[name] for name in _NAMES)
            arrays = train_images, train_labels, test_images, test_labels
            if _digest(arrays) == str(kept["sha256"]):
                return arrays
            problem = "its checksum is wrong"
    except FileNotFoundError:
        return None
    except Exception as error:  # a damaged zip file may raise nearly any error
        problem = type(error).__name__
    _log.warning("%s is damaged (%s); the practice set is drawn again", path, problem)
    return None


def _write(path: Path, arrays: Arrays) -> None:
    members = {"sha256": np.array(_digest(arrays)), **dict(zip(_NAMES, arrays, strict=True))}
    try:
        with new_file(path) as file:
            np.savez_compressed(file, allow_pickle=False, **members)
    except OSError as error:  # then it is drawn again next time
        _log.warning("the practice set could not be saved in %s: %s", path, error)
