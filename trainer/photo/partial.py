"""The part of a picture that its decoder could read, for files whose last bytes are missing or damaged."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_GRAY: Final = 128  # with which libjpeg fills what is missing
_NEARLY: Final = 2  # of 255: colours are rounded when they are converted
_EDGES: Final = 2  # rows may be empty below a row that is not, without being missing
_PASSES: Final = ((1, 2), (2, 4), (4, 8))  # first row and distance of the rows that passes 4, 3, 2 of a GIF add


def load(image: Image.Image) -> bool:
    """Decode the pixels; False if only a part of them could be decoded. Any exception: none could.

    After a failure Pillow keeps the rows that were decoded; the others are as they were before, 0 or transparent.
    """
    try:
        image.load()
    except MemoryError:
        raise
    except Exception:
        image.tile = []  # pyright: ignore[reportAttributeAccessIssue] of every ImageFile
        image.load()  # raises if there are no pixels at all
        return False
    return True


def interlaced(image: Image.Image) -> bool:
    """Whether the file holds its rows in several passes; to be asked before its pixels are decoded."""
    tiles = getattr(image, "tile", ())
    return bool(image.info.get("interlace") or (image.format == "GIF" and tiles and tiles[0].args[1]))


def without_open_passes(image: Image.Image) -> Image.Image:
    """A partly decoded interlaced picture, reduced by 2, 4 or 8 to the pixels of the passes that are complete.

    The passes of a PNG add the same rows as those of a GIF.
    """
    rows = (np.asarray(image) != _missing(image)).reshape(image.height, -1).any(axis=1)
    for first, step in _PASSES:
        added, above = rows[first::step], rows[::step]
        if (above[: len(added)] & ~added).sum() <= _EDGES:
            return _every(image, first)
    return _every(image, _PASSES[-1][1])


def _every(image: Image.Image, step: int) -> Image.Image:
    """Every so many pixels of each side, beginning with the first."""
    width, height = (-(-side // step) for side in image.size)
    shift = (1 - step) / 2  # Pillow takes the middle of a pixel
    matrix = (step, 0, shift, 0, step, shift)
    reduced = image.transform((width, height), Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST)
    reduced.info = image.info
    return reduced


def _missing(image: Image.Image) -> int:
    """What the pixels hold that were not decoded."""
    return image.info.get("transparency", 0) if image.format == "GIF" else 0


def blank_like(image: Image.Image, *, gray: bool) -> Image.Image:
    """One pixel that was not decoded, in the mode and with the palette of `image`; gray: libjpeg filled it."""
    pixel = image.crop((0, 0, 1, 1))
    value = _GRAY if gray else _missing(image)
    bands = len(pixel.getbands())
    pixel.paste(value if bands == 1 else (value,) * bands, (0, 0, 1, 1))
    return pixel


def readable(pixels: NDArray[np.uint8], missing: NDArray[np.uint8], *, upwards: bool) -> NDArray[np.uint8]:
    """The part of uint8[h, w, c] before the rows at its end that are all `missing` (uint8[c]); ValueError if all are.

    upwards: the file begins with the lowest row.
    """
    rows = np.flatnonzero((np.abs(pixels.astype(np.int16) - missing) > _NEARLY).any(axis=(1, 2)))
    if not rows.size:
        raise ValueError("no row was decoded")
    return pixels[rows[0] :] if upwards else pixels[: rows[-1] + 1]
