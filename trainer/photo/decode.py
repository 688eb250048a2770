"""Decode the bytes of any file into a small, upright RGB picture.

Any byte string may come: PictureError says why one is refused, because it is no picture or costly to decode. Sizes are
checked before the first pixel is decoded.
"""

import io
import math
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import AvifImagePlugin, ExifTags, Image, UnidentifiedImageError

from trainer.errors import PictureError, problem_of
from trainer.limits import PICTURE_BYTES, PICTURE_PIXELS, PICTURE_SIDE, REDUCED_PIXELS
from trainer.photo.formats import FORMATS, foreign_format, is_ours
from trainer.photo.guard import Prepared, prepared
from trainer.photo.partial import blank_like, interlaced, load, readable, without_open_passes

# A thread for each core would need as much more memory, on a machine that answers several people at once.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)

# Larger pictures are reduced, JPEG while decoding, others by averaging afterwards: no later stage needs more detail,
# and a photograph of 12 megapixels needs far less than 300 MB.
_WORKING_SIDE: Final = 320
LONG: Final = 2.5  # times as long as wide: a page, of which a garment is only a part
_PAGE_PIXELS: Final = 1_500_000  # to which a page is reduced
_STRIP_PIXELS: Final = 2_000_000
_FEW: Final = 4  # bytes
_FEW_OF: Final = 500  # one in so many bytes of a file
_JPEG: Final = ("JPEG", "MPO")
_TURNS: Final = {  # EXIF orientation: the transposition that turns the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_OPAQUE: Final = 128  # from this alpha on a pixel counts as opaque
_SHARE: Final = 0.02  # of the pixels must be transparent, and as many opaque, for alpha to be used as a mask


@dataclass(frozen=True)
class Picture:
    """An upright picture: rgb uint8[h, w, 3], and alpha uint8[h, w] if it separates a foreground, else None.

    `full_size` is (width, height) as the file declares it; `rotated`: whether it was turned as EXIF says;
    `cut_off`: the end of the file is missing, and with it perhaps a part of the picture.
    """

    rgb: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    full_size: tuple[int, int]
    rotated: bool = False
    cut_off: bool = False


def decode(data: bytes) -> Picture:
    """Decode the first frame of a file in one of FORMATS, or what there is of it; see `_factor` for its size.

    Raises PictureError: `picture_empty`, `picture_too_many_bytes`, `picture_unreadable`, `picture_format`,
    `picture_too_long`, `picture_too_many_pixels`, `picture_too_costly`, `picture_truncated`; no other
    exception, whatever the bytes are.
    """
    if not data:
        raise PictureError("picture_empty")
    if len(data) > PICTURE_BYTES:
        raise PictureError("picture_too_many_bytes", limit=PICTURE_BYTES // 2**20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about files that are refused or repaired below
        picture = _read(prepared(data))
        if picture.cut_off and data.startswith(b"RIFF"):
            picture = _without_smear(picture, data)
    return picture


def _read(file: Prepared) -> Picture:
    image = _open(file.data)
    _check_size(image)
    try:
        return _to_picture(image, cut_off=file.cut_off)
    except MemoryError:
        raise PictureError("picture_too_costly") from None
    except Exception as error:  # decoders raise nearly every exception for damaged files
        raise PictureError("picture_truncated") from error


def _without_smear(picture: Picture, data: bytes) -> Picture:
    """A WebP picture without the rows that its decoder made up.

    Where the picture changes when a few more bytes are missing, its data end.
    """
    fewer = _read(prepared(data[: len(data) - max(_FEW, len(data) // _FEW_OF)])).rgb
    rows = np.flatnonzero((picture.rgb != fewer).any(axis=(1, 2)))
    end = int(rows[0]) if rows.size else len(picture.rgb)
    if not end or not np.ptp(picture.rgb[:end], axis=(0, 1)).any():  # only one colour is what a smear of nothing has
        raise PictureError("picture_truncated")
    alpha = None if picture.alpha is None else picture.alpha[:end]
    return replace(picture, rgb=picture.rgb[:end], alpha=alpha)


def read_file(path: Path) -> bytes:
    """At most one byte more of a file than `decode` accepts; PictureError `picture_missing` if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(PICTURE_BYTES + 1)
    except OSError as error:
        raise PictureError("picture_missing", path=path, problem=problem_of(error)) from None


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except MemoryError:
        raise PictureError("picture_too_costly") from None
    except UnidentifiedImageError:
        pass
    except Exception:  # a damaged header raises many other exceptions
        raise PictureError("picture_truncated") from None
    if is_ours(data):
        raise PictureError("picture_truncated")
    if name := foreign_format(data):
        raise PictureError("picture_format", format=name)
    raise PictureError("picture_unreadable")


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if max(image.size) > PICTURE_SIDE:
        raise PictureError("picture_too_long", width=width, height=height, limit=PICTURE_SIDE)
    if width * height > (REDUCED_PIXELS if image.format in _JPEG else PICTURE_PIXELS):
        raise _too_many_pixels()


def _too_many_pixels() -> PictureError:
    millions = 1_000_000
    return PictureError("picture_too_many_pixels", limit=PICTURE_PIXELS // millions, jpeg=REDUCED_PIXELS // millions)


def _to_picture(image: Image.Image, *, cut_off: bool) -> Picture:
    full_size, jpeg, passes = image.size, image.format in _JPEG, interlaced(image)
    if jpeg:
        image.draft(image.mode, (_WORKING_SIDE, _WORKING_SIDE))
    complete = load(image)
    turn = _TURNS.get(_orientation(image))
    missing = blank_like(image, gray=jpeg and complete)
    pixels = _pixels(without_open_passes(image) if passes and not complete else image)
    if not complete or (jpeg and cut_off):
        pixels = readable(pixels, _pixels(missing)[0, 0], upwards=image.format == "BMP")
    if turn is not None:
        pixels = np.asarray(Image.fromarray(pixels).transpose(turn))
    rgb, alpha = np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3:])
    return _without_useless_alpha(
        Picture(rgb, alpha[..., 0] if alpha.size else None, full_size, turn is not None, cut_off or not complete)
    )


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a damaged EXIF block does not prevent decoding
        return 1


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    """RGB uint8[h, w, 3], or with alpha uint8[h, w, 4], from any mode; large pictures are reduced by averaging boxes.

    Works on one strip of rows at a time: converting a picture of 50 megapixels at once would need its memory twice.
    """
    factor = _factor(image.size)
    has_alpha = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    strip = factor * max(1, _STRIP_PIXELS // (factor * image.width))
    parts = [
        _strip(image.crop((0, top, image.width, min(top + strip, image.height))), factor, has_alpha=has_alpha)
        for top in range(0, image.height, strip)
    ]
    return np.concatenate(parts)


def _strip(strip: Image.Image, factor: int, *, has_alpha: bool) -> NDArray[np.uint8]:
    if strip.mode.startswith("I") or strip.mode == "F":  # 16 bits a sample: only gray, Pillow converts colours to 8
        samples: NDArray[Any] = np.asarray(strip)[::factor, ::factor]
        gray = np.clip(samples / 257.0, 0, 255).round().astype(np.uint8)
        return np.repeat(gray[..., None], 3, axis=2)
    strip = strip.convert("RGBA" if has_alpha else "RGB")
    return np.asarray(strip.reduce(factor) if factor > 1 else strip)


def _factor(size: tuple[int, int]) -> int:
    """By which a picture is reduced: its longest side is 639 pixels at most, or, if it is LONG, its area a page's."""
    longest, shortest = max(size), min(size)
    if longest > LONG * shortest:
        return max(1, math.ceil(math.sqrt(longest * shortest / _PAGE_PIXELS)))
    return max(1, longest // _WORKING_SIDE)


def _without_useless_alpha(picture: Picture) -> Picture:
    """Without alpha if that is no mask: ignored if nearly nothing is opaque, blended with white if nearly all is."""
    if picture.alpha is None:
        return picture
    opaque = float((picture.alpha >= _OPAQUE).mean())
    if _SHARE < opaque < 1 - _SHARE:
        return picture
    if opaque <= _SHARE:
        return replace(picture, alpha=None)
    cover = picture.alpha[..., None].astype(np.float32) / 255
    blended = picture.rgb * cover + 255 * (1 - cover)
    return replace(picture, rgb=blended.round().astype(np.uint8), alpha=None)
