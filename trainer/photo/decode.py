"""Decode the bytes of any file into a small, upright RGB picture.

Any byte string may come: PictureError says why one is refused, because it is no picture or costly to decode. Sizes are
checked before the first pixel is decoded.
"""

import io
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from trainer.errors import PictureError, problem_of
from trainer.limits import PICTURE_BYTES, PICTURE_PIXELS, PICTURE_SIDE
from trainer.photo.guard import checked

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
# Larger pictures are reduced, JPEG while decoding, others by averaging afterwards: no later stage needs more detail,
# and a photograph of 12 megapixels needs far less than 300 MB.
_WORKING_SIDE: Final = 320
_STRIP_PIXELS: Final = 2_000_000

# File signatures: of the formats that are read, and (offset, signature, name) of others that people upload.
_OURS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM")
_FOREIGN: Final = (
    (0, b"%PDF", "PDF"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"8BPS", "Photoshop"),
    (0, b"\x00\x00\x01\x00", "ICO"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL \r\n", "JPEG XL"),
    (0, b"PK\x03\x04", "ZIP"),
    (0, b"\x1a\x45\xdf\xa3", "video"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftyp", "video"),
)
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

    `full_size` is (width, height) as the file declares it; `rotated`: whether it was turned as EXIF says.
    """

    rgb: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    full_size: tuple[int, int]
    rotated: bool = False


def decode(data: bytes) -> Picture:
    """Decode the first frame of a PNG, JPEG, WebP, GIF or BMP file; the longest side is at most 639 pixels.

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
        image = _open(checked(data))
        _check_size(image.size)
        try:
            return _to_picture(image)
        except Exception as error:  # decoders raise nearly every exception for damaged files
            raise PictureError("picture_truncated") from error


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
        raise PictureError("picture_too_many_pixels", limit=PICTURE_PIXELS // 1_000_000) from None
    except UnidentifiedImageError:
        pass
    except Exception:  # a damaged header raises many other exceptions
        raise PictureError("picture_truncated") from None
    if data.startswith(_OURS) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        raise PictureError("picture_truncated")
    if name := _foreign_format(data):
        raise PictureError("picture_format", format=name)
    raise PictureError("picture_unreadable")


def _foreign_format(data: bytes) -> str:
    for offset, signature, name in _FOREIGN:
        if data[offset:].startswith(signature):
            return name
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "SVG" if start.startswith((b"<svg", b"<?xml")) and b"<svg" in data[:4000].lower() else ""


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if max(size) > PICTURE_SIDE:
        raise PictureError("picture_too_long", width=width, height=height, limit=PICTURE_SIDE)
    if width * height > PICTURE_PIXELS:
        raise PictureError("picture_too_many_pixels", limit=PICTURE_PIXELS // 1_000_000)


def _to_picture(image: Image.Image) -> Picture:
    full_size = image.size
    if image.format in {"JPEG", "MPO"}:
        image.draft(image.mode, (_WORKING_SIDE, _WORKING_SIDE))
    image.load()
    turn = _TURNS.get(_orientation(image))
    picture = _reduced(Picture(*_channels(image), full_size))
    if turn is not None:
        upright = np.asarray(Image.fromarray(picture.rgb).transpose(turn))
        alpha = None if picture.alpha is None else np.asarray(Image.fromarray(picture.alpha).transpose(turn))
        picture = replace(picture, rgb=upright, alpha=alpha, rotated=True)
    return _without_useless_alpha(picture)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # a damaged EXIF block does not prevent decoding
        return 1


def _channels(image: Image.Image) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """RGB uint8[h, w, 3] and alpha uint8[h, w] or None, from any mode; large pictures are reduced by averaging boxes.

    Works on one strip of rows at a time: converting a picture of 50 megapixels at once would need its memory twice.
    """
    factor = _factor(image.size)
    has_alpha = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    strip = factor * max(1, _STRIP_PIXELS // (factor * image.width))
    parts = [
        _strip(image.crop((0, top, image.width, min(top + strip, image.height))), factor, has_alpha=has_alpha)
        for top in range(0, image.height, strip)
    ]
    pixels = np.concatenate(parts)
    if pixels.shape[2] == 3:  # noqa: PLR2004 no alpha
        return pixels, None
    return np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])


def _strip(strip: Image.Image, factor: int, *, has_alpha: bool) -> NDArray[np.uint8]:
    if strip.mode.startswith("I") or strip.mode == "F":  # 16 bits a sample: only gray, Pillow converts colours to 8
        samples: NDArray[Any] = np.asarray(strip)[::factor, ::factor]
        gray = np.clip(samples / 257.0, 0, 255).round().astype(np.uint8)
        return np.repeat(gray[..., None], 3, axis=2)
    strip = strip.convert("RGBA" if has_alpha else "RGB")
    return np.asarray(strip.reduce(factor) if factor > 1 else strip)


def _factor(size: tuple[int, int]) -> int:
    return max(1, max(size) // _WORKING_SIDE)


def _reduced(picture: Picture) -> Picture:
    """Reduce what is still too large: the JPEG decoder reduces by powers of two of its own choice."""
    height, width = picture.rgb.shape[:2]
    if (factor := _factor((width, height))) == 1:
        return picture
    rgb = np.asarray(Image.fromarray(picture.rgb).reduce(factor))
    alpha = None if picture.alpha is None else np.asarray(Image.fromarray(picture.alpha).reduce(factor))
    return replace(picture, rgb=rgb, alpha=alpha)


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
