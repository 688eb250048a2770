"""Decoding: every format and mode gives the same pixels, and PictureError says why any other file is refused."""

import io
import random
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from trainer.errors import PictureError
from trainer.language import LANGUAGES
from trainer.limits import PICTURE_BYTES
from trainer.photo.decode import decode
from trainer.photo.style import to_dataset_style


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    """40 x 30, left half dark red, right half light, a blue corner: shows rotations, colours and order of channels."""
    pixels = np.full((30, 40, 3), (200, 210, 220), np.uint8)
    pixels[:, :20] = (120, 20, 30)
    pixels[:8, :10] = (10, 10, 90)
    return Image.fromarray(pixels)


@pytest.mark.parametrize(
    ("kind", "mode", "tolerance"),
    [
        ("PNG", "RGB", 0), ("PNG", "RGBA", 0), ("PNG", "P", 2), ("BMP", "RGB", 0), ("GIF", "P", 2), ("WEBP", "RGB", 12),
        ("WEBP", "RGBA", 12), ("JPEG", "RGB", 12), ("JPEG", "CMYK", 12), ("BMP", "P", 2), ("AVIF", "RGB", 12),
        ("AVIF", "RGBA", 12), ("HEIF", "RGB", 20), ("HEIF", "RGBA", 20), ("MPO", "RGB", 12),
    ],
)  # fmt: skip
def test_every_format_keeps_the_colours(scene: Image.Image, kind: str, mode: str, tolerance: int) -> None:
    picture = decode(encoded(scene.quantize(16) if mode == "P" else scene.convert(mode), kind))
    assert picture.rgb.shape == (30, 40, 3)
    assert picture.alpha is None
    for row, column in ((2, 3), (20, 10), (20, 33)):
        off = np.abs(picture.rgb[row, column].astype(int) - np.asarray(scene)[row, column])
        assert off.max() <= tolerance + 3


@pytest.mark.parametrize("mode", ["L", "LA", "1", "I;16"])
def test_gray_of_every_depth(scene: Image.Image, mode: str) -> None:
    gray = scene.convert("L")
    image = gray.convert(mode) if mode != "I;16" else Image.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    picture = decode(encoded(image))
    expected = np.asarray(image.convert("L") if mode == "1" else gray)
    np.testing.assert_array_equal(picture.rgb, np.repeat(expected[..., None], 3, axis=2))


def test_every_exif_orientation_is_turned_upright(scene: Image.Image) -> None:
    undo = {
        1: lambda i: i,
        2: lambda i: i.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda i: i.transpose(Image.Transpose.ROTATE_180),
        4: lambda i: i.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda i: i.transpose(Image.Transpose.TRANSPOSE),
        6: lambda i: i.transpose(Image.Transpose.ROTATE_90),
        7: lambda i: i.transpose(Image.Transpose.TRANSVERSE),
        8: lambda i: i.transpose(Image.Transpose.ROTATE_270),
    }
    for orientation, stored in undo.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        picture = decode(encoded(stored(scene), exif=exif))
        np.testing.assert_array_equal(picture.rgb, np.asarray(scene))
        assert picture.rotated == (orientation != 1)


def test_heic_and_avif_are_turned_upright_once(scene: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("AVIF", "HEIF"):
        picture = decode(encoded(scene.transpose(Image.Transpose.ROTATE_90), kind, exif=exif.tobytes(), quality=95))
        assert picture.rgb.shape == (30, 40, 3), kind
        assert np.abs(picture.rgb[2, 3].astype(int) - (10, 10, 90)).max() < 20, kind


def test_alpha_is_kept_only_if_it_separates_a_foreground(scene: Image.Image) -> None:
    half = scene.copy()
    alpha = np.zeros((30, 40), np.uint8)
    alpha[5:25, 8:30] = 255
    half.putalpha(Image.fromarray(alpha))
    picture = decode(encoded(half))
    assert picture.alpha is not None
    np.testing.assert_array_equal(picture.alpha, alpha)
    rounded = scene.copy()
    corners = np.full((30, 40), 255, np.uint8)
    corners[0, 0] = 0
    rounded.putalpha(Image.fromarray(corners))
    picture = decode(encoded(rounded))
    assert picture.alpha is None
    assert picture.rgb[0, 0].tolist() == [255, 255, 255]
    palette = scene.convert("P")
    assert decode(encoded(palette, "GIF", transparency=palette.getpixel((0, 20)))).alpha is not None


def test_the_first_frame_of_an_animation(scene: Image.Image) -> None:
    others = [scene.transpose(Image.Transpose.ROTATE_180)] * 3
    for kind in ("GIF", "WEBP", "PNG", "AVIF", "HEIF", "MPO"):
        options = {"lossless": True} if kind == "WEBP" else {"quality": 95}
        data = encoded(scene, kind, save_all=True, append_images=others, **options)
        assert np.abs(decode(data).rgb[2, 3].astype(int) - (10, 10, 90)).max() < 20, kind


def test_a_phone_photograph_is_decoded_small() -> None:
    data = encoded(Image.linear_gradient("L").resize((4000, 3000)).convert("RGB"), "JPEG")
    picture = decode(data)
    assert max(picture.rgb.shape) < 640
    assert picture.full_size == (4000, 3000)
    assert picture.rgb.shape[1] / picture.rgb.shape[0] == pytest.approx(4 / 3, abs=0.02)


def png_header(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\0" * 1000)
    chunks = (
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in (head, body)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def jpeg_header(width: int, height: int) -> bytes:
    """A small JPEG that declares another size."""
    whole = encoded(Image.new("L", (16, 16)), "JPEG")
    size = whole.index(b"\xff\xc0") + 5
    return whole[:size] + struct.pack(">HH", height, width) + whole[size + 4 :]


SMALL = encoded(Image.new("RGB", (50, 60), "red"))
REFUSED = {
    "empty": (b"", "picture_empty"),
    "text": (b"hello, I am a picture\n" * 20, "picture_unreadable"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture_format"),
    "svg with a prologue": (b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>", "picture_format"),
    "pdf": (b"%PDF-1.7\n...", "picture_format"),
    "only the head of a heic": (b"\0\0\0\x18ftypheic\0\0\0\0", "picture_truncated"),
    "a film in a heic": (b"\0\0\0\x18ftyphevc\0\0\0\0msf1hevc", "picture_format"),
    "ico": (encoded(Image.new("L", (16, 16)), "ICO"), "picture_format"),
    "jpeg 2000": (encoded(Image.new("L", (16, 16)), "JPEG2000"), "picture_format"),
    "tiff": (encoded(Image.new("L", (9, 9)), "TIFF"), "picture_format"),
    "video": (b"\0\0\0\x18ftypmp42\0\0\0\0", "picture_format"),
    "a png without pixels": (SMALL[:50], "picture_truncated"),
    "a jpeg without pixels": (encoded(Image.effect_noise((90, 90), 50), "JPEG")[:300], "picture_truncated"),
    "half an avif": (encoded(Image.effect_noise((90, 90), 50), "AVIF")[:1500], "picture_truncated"),
    "half a heic": (encoded(Image.effect_noise((90, 90), 50), "HEIF")[:1500], "picture_truncated"),
    "only a signature": (b"\x89PNG\r\n\x1a\n", "picture_truncated"),
    "webp without a picture": (b"RIFF\x20\0\0\0WEBPVP8 ", "picture_truncated"),
    "too many bytes": (b"\xff" * (PICTURE_BYTES + 1), "picture_too_many_bytes"),
    "too long": (png_header(30_001, 2), "picture_too_long"),
    "too many pixels": (png_header(9_000, 9_000), "picture_too_many_pixels"),
    "a large jpeg": (jpeg_header(12_000, 10_100), "picture_too_many_pixels"),
    "a decompression bomb": (png_header(60_000, 60_000), "picture_too_many_pixels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_files_are_refused_with_a_sentence(name: str) -> None:
    data, key = REFUSED[name]
    with pytest.raises(PictureError) as caught:
        to_dataset_style(data)
    assert caught.value.key == key
    for language in LANGUAGES:
        assert "{" not in caught.value.sentence(language)


@given(st.binary(max_size=300))
@example(b"BM" + b"\0" * 60)
@example(b"GIF89a\x01\0\x01\0\0\0\0;")
def test_any_bytes_give_a_picture_or_a_sentence(data: bytes) -> None:
    _style_or_sentence(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF", "HEIF"])
def test_mutated_files_give_a_picture_or_a_sentence(kind: str) -> None:
    rng = random.Random(20)  # noqa: S311 no secret
    base = Image.effect_noise((24, 20), 60).convert("P" if kind == "GIF" else "RGB")
    whole = encoded(base, kind)
    outcomes = {_style_or_sentence(_mutated(whole, rng)) for _ in range(80)}
    assert outcomes == {True, False}  # some are pictures still, some are not


def _mutated(whole: bytes, rng: random.Random) -> bytes:
    data = bytearray(whole)
    if rng.random() < 0.25:
        return bytes(data[: rng.randrange(len(data))])
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        data[rng.randrange(rng.choice((min(64, len(data)), len(data))))] = rng.choice((0, 255, rng.randrange(256)))
    return bytes(data)


def _style_or_sentence(data: bytes) -> bool:
    try:
        seen = to_dataset_style(data)
    except PictureError as error:
        assert all(error.sentence(language) for language in LANGUAGES)
        return False
    assert seen.pixels.shape == (28, 28)
    assert seen.pixels.dtype == np.uint8
    return True


def test_size_is_checked_before_a_pixel_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(Image.Image, "load", refuse)
    for width, height in ((30_001, 1), (7_100, 7_100)):
        with pytest.raises(PictureError, match="pixels"):
            decode(png_header(width, height))


def test_large_pictures_take_little_memory_and_time() -> None:
    for mode in ("L", "P", "1"):
        picture = decode(encoded(Image.new(mode, (6_000, 6_000), 1)))
        assert max(picture.rgb.shape) < 640
