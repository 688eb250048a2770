"""The practice set: ten kinds of garment drawn by code, so that class and tests work without network.

It keeps the geometry of Fashion-MNIST (28 x 28, bright on black, longest side 28, centred by bounding box, shoes with
the toe to the left) and its names and labels, and nothing else of it: figures from it say nothing about the real set.
"""

import hashlib
import io
import logging
import os
import secrets
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from trainer.errors import DatasetError
from trainer.load import Dataset

TRAIN_COUNT: Final = 12_000
TEST_COUNT: Final = 2_000
_SEED: Final = 20_17  # any; fixed, so that every machine draws the same set
_VERSION: Final = 1  # raise it when the drawing changes
_CANVAS: Final = 84  # pixels a side while drawing, three for each of the 28
_log = logging.getLogger(__name__)

Point = tuple[float, float]
Draw = Callable[["Pen", np.random.Generator], None]


def load_practice(home: Path, *, notice: DatasetError | None = None) -> Dataset:
    """The practice set, 12 000 training and 2 000 test images; drawn once and kept below `home`."""
    path = home / "datasets" / f"practice-{_VERSION}.npz"
    arrays = _read(path)
    if arrays is None:
        arrays = draw_practice(TRAIN_COUNT, TEST_COUNT)
        _write(path, arrays)
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    return Dataset("practice", digest, *arrays, notice=notice)


Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


def draw_practice(train_count: int, test_count: int) -> Arrays:
    """Training images and labels, test images and labels: uint8[n, 28, 28], uint8[n]; the same on every call."""
    rng = np.random.default_rng(_SEED)
    train_labels = rng.permutation(np.arange(train_count) % 10).astype(np.uint8)
    test_labels = rng.permutation(np.arange(test_count) % 10).astype(np.uint8)
    return draw_images(train_labels, rng), train_labels, draw_images(test_labels, rng), test_labels


def draw_images(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """One drawing for each label: uint8[n] in 0 ... 9 to uint8[n, 28, 28]."""
    images = np.stack([_draw_one(_GARMENTS[label], rng) for label in labels]).astype(np.float32)
    inside = images > 0
    cloth = 1 + 0.22 * rng.standard_normal(images.shape, dtype=np.float32) * rng.random((len(labels), 1, 1))
    images *= np.clip(cloth, 0.5, 1.5) * _patterns(len(labels), rng)
    images *= rng.uniform(0.45, 1.1, (len(labels), 1, 1))  # dark and light cloth
    return np.where(inside, np.clip(images, 1, 255), 0).astype(np.uint8)


def _patterns(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Stripes, checks and prints as factors around 1, float32[n, 28, 28]; half of the garments have none."""
    rows, columns = np.mgrid[0:28, 0:28].astype(np.float32)
    angle, period, phase = rng.uniform(0, np.pi, count), rng.uniform(3, 9, count), rng.uniform(0, 6.3, count)
    strength = np.where(rng.random(count) < 0.5, 0.0, rng.uniform(0.1, 0.5, count))
    shape = (count, 1, 1)
    along = np.cos(angle).reshape(shape) * rows + np.sin(angle).reshape(shape) * columns
    waves = np.sin(along * 2 * np.pi / period.reshape(shape) + phase.reshape(shape))
    return (1 + strength.reshape(shape) * waves).astype(np.float32)


def _draw_one(garment: Draw, rng: np.random.Generator) -> NDArray[np.uint8]:
    pen = Pen()
    garment(pen, rng)
    left, top, right, bottom = pen.image.getbbox() or (0, 0, _CANVAS, _CANVAS)
    factor = 28 / max(right - left, bottom - top)
    width, height = (max(1, round(side * factor)) for side in (right - left, bottom - top))
    fitted = pen.image.resize((width, height), Image.Resampling.BOX, (left, top, right, bottom))
    image = Image.new("L", (28, 28))
    image.paste(fitted, ((28 - width) // 2, (28 - height) // 2))
    return np.asarray(image)


class Pen:
    """Draws with coordinates from 0 to 1, y downwards."""

    def __init__(self) -> None:
        self.image = Image.new("L", (_CANVAS, _CANVAS))
        self._draw = ImageDraw.Draw(self.image)

    def shape(self, points: list[Point], gray: int = 200) -> None:
        """A filled polygon."""
        self._draw.polygon([(x * _CANVAS, y * _CANVAS) for x, y in points], fill=gray)

    def mirrored(self, points: list[Point], gray: int = 200) -> None:
        """A polygon given by its left half, from top to bottom."""
        self.shape(points + [(1 - x, y) for x, y in reversed(points)], gray)

    def line(self, points: list[Point], width: float, gray: int = 200) -> None:
        """An open line, `width` as a fraction of the canvas."""
        scaled = [(x * _CANVAS, y * _CANVAS) for x, y in points]
        self._draw.line(scaled, fill=gray, width=max(1, round(width * _CANVAS)), joint="curve")

    def ellipse(self, x: float, y: float, rx: float, ry: float, gray: int) -> None:
        """A filled ellipse around (x, y)."""
        self._draw.ellipse([(v * _CANVAS) for v in (x - rx, y - ry, x + rx, y + ry)], fill=gray)

    def arc(self, x: float, y: float, rx: float, ry: float, width: float, gray: int = 200) -> None:
        """The upper half of an ellipse's outline."""
        box = [(v * _CANVAS) for v in (x - rx, y - ry, x + rx, y + ry)]
        self._draw.arc(box, 180, 360, fill=gray, width=max(1, round(width * _CANVAS)))


def _top(pen: Pen, rng: np.random.Generator, *, sleeve: float, length: float, width: float, neck: float) -> None:
    """A garment for the upper body; `sleeve` 0 (none) to 1 (down to the hem)."""
    shoulder, chest = 0.5 - width * 0.75, 0.5 - width
    hem = 0.5 - width * rng.uniform(0.9, 1.12)
    pen.mirrored([(0.5 - neck, 0.04), (shoulder, 0.09), (chest, 0.3), (hem, length)])
    if sleeve > 0:
        spread = rng.uniform(0.08, 0.2) * (1.6 - sleeve)
        wrist_y = 0.2 + (length - 0.22) * sleeve
        wrist_x = chest - spread - 0.04
        cuff = rng.uniform(0.07, 0.11)
        arm = [(shoulder + 0.03, 0.07), (wrist_x, wrist_y), (wrist_x + cuff, wrist_y + 0.03), (chest + 0.03, 0.34)]
        pen.shape(arm, 185)
        pen.shape([(1 - x, y) for x, y in arm], 185)
        pen.line([(chest, 0.3), (wrist_x + cuff, wrist_y)], 0.015, 120)
        pen.line([(1 - chest, 0.3), (1 - wrist_x - cuff, wrist_y)], 0.015, 120)
    pen.ellipse(0.5, 0.03, neck, rng.uniform(0.04, 0.09), 0)


def _t_shirt(pen: Pen, rng: np.random.Generator) -> None:
    _top(pen, rng, sleeve=rng.uniform(0.12, 0.4), length=rng.uniform(0.8, 0.98), width=rng.uniform(0.22, 0.3),
         neck=rng.uniform(0.09, 0.15))  # fmt: skip


def _trouser(pen: Pen, rng: np.random.Generator) -> None:
    waist, hip = rng.uniform(0.13, 0.17), rng.uniform(0.16, 0.22)
    ankle, outer = rng.uniform(0.07, 0.12), rng.uniform(0.15, 0.22)
    crotch = rng.uniform(0.25, 0.36)
    length = rng.choice([0.98, 0.98, 0.98, rng.uniform(0.5, 0.7)])
    leg = [(0.5 - waist, 0.02), (0.5 - hip, 0.24), (0.5 - outer, length), (0.5 - outer + ankle, length), (0.5, crotch)]
    pen.mirrored(leg)
    pen.line([(0.5 - waist, 0.06), (0.5 + waist, 0.06)], 0.015, 120)


def _pullover(pen: Pen, rng: np.random.Generator) -> None:
    _top(pen, rng, sleeve=rng.uniform(0.75, 1.0), length=rng.uniform(0.82, 0.96), width=rng.uniform(0.19, 0.27),
         neck=rng.uniform(0.07, 0.12))  # fmt: skip
    if rng.random() < 0.4:
        pen.line([(0.32, 0.9), (0.68, 0.9)], 0.015, 130)


def _dress(pen: Pen, rng: np.random.Generator) -> None:
    bust, waist, hem = rng.uniform(0.12, 0.17), rng.uniform(0.09, 0.14), rng.uniform(0.14, 0.27)
    waist_y = rng.uniform(0.33, 0.46)
    top = [(0.5 - bust * rng.uniform(0.4, 0.8), 0.02), (0.5 - bust, 0.2), (0.5 - waist, waist_y), (0.5 - hem, 0.98)]
    pen.mirrored(top)
    if rng.random() < 0.4:
        sleeve = [(0.5 - bust * 0.8, 0.05), (0.5 - bust - 0.1, 0.24), (0.5 - bust - 0.03, 0.3), (0.5 - bust, 0.2)]
        pen.shape(sleeve)
        pen.shape([(1 - x, y) for x, y in sleeve])
    pen.ellipse(0.5, 0.01, bust * 0.4, rng.uniform(0.03, 0.1), 0)
    pen.line([(0.5 - waist, waist_y), (0.5 + waist, waist_y)], 0.015, 140)


def _coat(pen: Pen, rng: np.random.Generator) -> None:
    _top(pen, rng, sleeve=rng.uniform(0.75, 0.95), length=rng.uniform(0.9, 0.99), width=rng.uniform(0.19, 0.26),
         neck=rng.uniform(0.06, 0.1))  # fmt: skip
    pen.line([(0.5, 0.08), (0.5, 0.98)], 0.02, int(rng.uniform(20, 110)))
    pen.line([(0.44, 0.06), (0.5, 0.3), (0.56, 0.06)], 0.02, 90)


def _shirt(pen: Pen, rng: np.random.Generator) -> None:
    long = rng.random() < 0.65
    _top(pen, rng, sleeve=rng.uniform(0.7, 0.98) if long else rng.uniform(0.15, 0.45),
         length=rng.uniform(0.82, 0.98), width=rng.uniform(0.2, 0.28), neck=rng.uniform(0.07, 0.13))  # fmt: skip
    if rng.random() < 0.75:
        pen.line([(0.5, 0.1), (0.5, 0.95)], 0.012, 140)
    if rng.random() < 0.6:
        pen.line([(0.42, 0.04), (0.5, 0.14), (0.58, 0.04)], 0.02, 110)


def _shoe(pen: Pen, rng: np.random.Generator, shaft: float, sole: float) -> None:
    """A shoe from the side, its toe to the left; `shaft` is the height of the ankle above the sole."""
    toe, heel = 0.02, 0.98
    instep = rng.uniform(0.4, 0.55)
    toe_height, opening = rng.uniform(0.1, 0.17), rng.uniform(0.62, 0.7)
    base = 0.9
    upper = [(toe, base), (toe + 0.04, base - toe_height), (instep, base - toe_height - rng.uniform(0.06, 0.14))]
    upper += [(opening, base - shaft), (heel - 0.03, base - shaft - rng.uniform(-0.03, 0.05)), (heel, base)]
    pen.shape(upper)
    pen.shape([(toe, base), (heel, base), (heel, base + sole), (toe + 0.03, base + sole)], int(rng.uniform(90, 255)))


def _sneaker(pen: Pen, rng: np.random.Generator) -> None:
    _shoe(pen, rng, shaft=rng.uniform(0.26, 0.36), sole=rng.uniform(0.05, 0.1))
    for x in np.linspace(0.42, 0.6, 3):
        pen.line([(x, 0.68), (x + 0.05, 0.76)], 0.02, int(rng.uniform(60, 255)))


def _ankle_boot(pen: Pen, rng: np.random.Generator) -> None:
    _shoe(pen, rng, shaft=rng.uniform(0.52, 0.78), sole=rng.uniform(0.03, 0.08))
    if rng.random() < 0.5:
        pen.shape([(0.76, 0.9), (0.98, 0.9), (0.97, 0.99), (0.82, 0.99)])


def _sandal(pen: Pen, rng: np.random.Generator) -> None:
    heel = rng.choice([0.0, 0.0, rng.uniform(0.12, 0.3)])
    toe_y, heel_y = 0.88, 0.88 - heel
    pen.line([(0.03, toe_y), (0.4, toe_y), (0.7, heel_y), (0.97, heel_y)], rng.uniform(0.05, 0.09))
    if heel > 0:
        pen.shape([(0.86, heel_y), (0.97, heel_y), (0.95, 0.9), (0.9, 0.9)])
    for start in rng.uniform(0.12, 0.5, int(rng.integers(1, 4))):
        pen.line([(start, toe_y), (start + 0.12, toe_y - rng.uniform(0.14, 0.26)), (start + 0.24, toe_y - heel / 2)],
                 rng.uniform(0.03, 0.06))  # fmt: skip
    if rng.random() < 0.8:
        pen.line([(0.72, heel_y), (0.62, heel_y - 0.26), (0.93, heel_y - 0.3), (0.95, heel_y)], 0.04)


def _bag(pen: Pen, rng: np.random.Generator) -> None:
    top, width = rng.uniform(0.35, 0.5), rng.uniform(0.32, 0.48)
    slant = rng.uniform(-0.06, 0.08)
    pen.arc(0.5, top + 0.02, width * rng.uniform(0.5, 0.9), top * rng.uniform(0.6, 0.95), rng.uniform(0.03, 0.07))
    pen.mirrored([(0.5 - width + slant, top), (0.5 - width, 0.95)])
    if rng.random() < 0.6:
        flap = rng.uniform(0.55, 0.75)
        pen.line([(0.5 - width + slant, flap), (0.5 + width - slant, flap)], 0.02, 110)
        pen.ellipse(0.5, flap, 0.04, 0.04, 250)


_GARMENTS: Final[tuple[Draw, ...]] = (
    _t_shirt, _trouser, _pullover, _dress, _coat, _sandal, _shirt, _sneaker, _bag, _ankle_boot,
)  # fmt: skip
_NAMES: Final = ("train_images", "train_labels", "test_images", "test_labels")


def _read(path: Path) -> Arrays | None:
    """The kept arrays; None when there are none or the file is damaged (zip checks every member's CRC)."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as kept:
            train_images, train_labels, test_images, test_labels = (kept[name] for name in _NAMES)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        _log.warning("%s is damaged (%s) and is drawn again", path, type(error).__name__)
        return None
    return train_images, train_labels, test_images, test_labels


def _write(path: Path, arrays: Arrays) -> None:
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            np.savez_compressed(file, **dict(zip(_NAMES, arrays, strict=True)))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:  # a full disk only means that the set is drawn again next time
        _log.warning("the practice set could not be kept in %s: %s", path, error)
        partial.unlink(missing_ok=True)
