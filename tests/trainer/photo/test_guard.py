"""Hostile files: small ones that take minutes to decode, long ones, two formats in one. Each is answered at once."""

import io
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from trainer.errors import PictureError
from trainer.limits import PICTURE_BYTES
from trainer.photo.decode import decode
from trainer.photo.style import to_dataset_style

AT_ONCE_S = 3.0  # decoding one of COSTLY takes minutes
RNG = np.random.default_rng(5)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*before_pixels: bytes) -> bytes:
    """A white PNG of 10 x 10 with these chunks before its pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + b"\xff" * 30) * 10))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(before_pixels) + pixels + chunk(b"IEND")


def inflated(size: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join((*(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)), packer.flush()))


GIF_HEAD = b"GIF89a" + struct.pack("<HHBBB", 20, 20, 0, 0, 0)


def gif(before_frame: bytes = b"", frames: int = 1) -> bytes:
    whole = encoded(Image.fromarray(np.eye(20, dtype=np.uint8) * 255), "GIF")
    colours = 13 + (3 << ((whole[10] & 7) + 1))
    frame = whole[whole.index(b",", colours) : -1]
    return whole[:colours] + before_frame + frame * frames + b";"


def progressive(extra_scans: int) -> bytes:
    whole = encoded(Image.new("RGB", (3000, 3000), "navy"), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * (1 + extra_scans) + whole[-2:]


def large_progressive(scans: int) -> bytes:
    """It declares more rows than it has."""
    whole = encoded(Image.new("L", (12_600, 80)), "JPEG", progressive=True)
    size = whole.index(b"\xff\xc2") + 5
    last = whole.rindex(b"\xff\xda")
    return whole[:size] + struct.pack(">H", 9_440) + whole[size + 2 : last] + whole[last:-2] * scans + whole[-2:]


COSTLY: dict[str, Callable[[], bytes]] = {
    "a jpeg with 20 000 scans": lambda: progressive(20_000),
    "a jpeg of 119 megapixels with 40 scans": lambda: large_progressive(40),
    "a truncated gif of comments": lambda: gif(b"!\xfe" + b"\x01a" * 4_500_000),
    "a gif without a frame": lambda: GIF_HEAD + b"\x01" * (9 << 20),
}
# What text, profiles and the like in a PNG hold is nothing to a picture; none of it is unpacked.
BAGGAGE: dict[str, Callable[[], bytes]] = {
    "800 000 empty text chunks": lambda: chunk(b"tEXt") * 800_000,
    "800 000 empty pixel chunks": lambda: chunk(b"IDAT") * 800_000,
    "unknown chunks": lambda: chunk(b"abCd") * 800_000,
    "text that inflates": lambda: chunk(b"zTXt", b"a\0\0" + inflated(1 << 27)),
    "many texts that inflate": lambda: chunk(b"zTXt", b"a\0\0" + inflated(1 << 20)) * 200,
    "international text that inflates": lambda: chunk(b"iTXt", b"a\0\1\0\0\0" + inflated(1 << 27)),
    "a profile that inflates": lambda: chunk(b"iCCP", b"a\0\0" + inflated(1 << 27)),
    "a profile in an unknown method": lambda: chunk(b"iCCP", b"a\0\7" + bytes(99)),
    "nine megabytes of text": lambda: chunk(b"tEXt", b"a\0" + b"x" * (9 << 20)),
    "text without its checksum": lambda: chunk(b"tEXt", b"a\0b")[:-4] + b"nope",
    "frames in disorder": lambda: chunk(b"acTL", struct.pack(">II", 9, 0)) + chunk(b"fcTL", bytes(26)) * 3,
    "an EXIF of noise": lambda: chunk(b"eXIf", RNG.bytes(5 << 20)),
}
HARMLESS: dict[str, Callable[[], bytes]] = {
    "50 000 frames": lambda: gif(frames=50_000),
    "a comment of millions of blocks": lambda: gif(b"!\xfe" + b"\x01a" * 4_500_000 + b"\0"),
    "a million comments": lambda: gif(b"!\xfe\x01a\0" * 1_000_000),
    "pixels that inflate beyond the picture": lambda: png(chunk(b"IDAT", inflated(1 << 28))),
    "an EXIF that points beyond the file": lambda: png(
        chunk(b"eXIf", b"MM\0*\0\0\0\x08" + struct.pack(">HHHII", 1, 0x0112, 7, 1 << 31, 1 << 30))
    ),
    "a broken colour profile": lambda: encoded(Image.new("RGB", (9, 9), "red"), "JPEG", icc_profile=RNG.bytes(70_000)),
    "a gif that is a zip": lambda: gif() + b"PK\x03\x04" + bytes(100),
    "a png that is a page": lambda: png() + b"<html><script>alert(1)</script></html>",
    "a jpeg with a video behind it": lambda: (
        encoded(Image.new("RGB", (9, 9)), "JPEG") + b"\xff\xda\0\x08" * 500 + RNG.bytes(99)
    ),
    "a picture of one pixel": lambda: encoded(Image.new("RGB", (1, 1), "red"), "PNG"),
    "one column": lambda: encoded(Image.fromarray(RNG.integers(0, 256, (10_000, 1), np.uint8)), "PNG"),
    "one row": lambda: encoded(Image.fromarray(RNG.integers(0, 256, (1, 10_000, 3), np.uint8)), "BMP"),
    "YCCK": lambda: encoded(Image.new("CMYK", (40, 30), (9, 80, 200, 40)), "JPEG"),
    "16 bits a colour": lambda: (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 16, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress((b"\0" + b"\x80" * 54) * 9))
        + chunk(b"IEND")
    ),
}
FOREIGN: dict[str, Callable[[], bytes]] = {
    "a pdf around a jpeg": lambda: b"%PDF-1.4\n" + encoded(Image.new("RGB", (9, 9)), "JPEG") + b"%%EOF",
    "a TIFF of NaN": lambda: encoded(Image.fromarray(np.full((9, 9), np.nan, np.float32)), "TIFF"),
}


def timed(data: bytes) -> float:
    """The seconds of computing: other programs do not count."""
    began = time.process_time()
    try:
        seen = to_dataset_style(data)
    except PictureError:
        pass
    else:
        assert seen.pixels.shape == (28, 28)
    return time.process_time() - began


@pytest.mark.parametrize("name", COSTLY)
def test_a_costly_file_is_refused_at_once(name: str) -> None:
    data = COSTLY[name]()
    assert len(data) <= PICTURE_BYTES
    with pytest.raises(PictureError) as raised:
        decode(data)
    assert raised.value.key in ("picture_too_costly", "picture_truncated")
    assert timed(data) < AT_ONCE_S


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_file_is_decoded(name: str) -> None:
    data = HARMLESS[name]()
    assert len(data) <= PICTURE_BYTES
    assert decode(data).rgb.ndim == 3
    assert timed(data) < AT_ONCE_S


@pytest.mark.parametrize("name", BAGGAGE)
@pytest.mark.parametrize("behind", [False, True])
def test_what_a_png_carries_besides_its_pixels_is_left_packed(name: str, behind: bool) -> None:
    baggage = BAGGAGE[name]()
    data = png()[:-12] + baggage + png()[-12:] if behind else png(baggage)
    assert len(data) <= PICTURE_BYTES
    picture = decode(data)
    assert (picture.rgb == 255).all()
    assert not picture.cut_off
    assert timed(data) < AT_ONCE_S


@pytest.mark.parametrize("name", [name for name in BAGGAGE if "inflates" in name])
def test_what_a_png_carries_besides_its_pixels_takes_no_memory(name: str) -> None:
    data = png(BAGGAGE[name]())
    tracemalloc.start()
    decode(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * len(data) + (1 << 20)


@pytest.mark.parametrize("name", FOREIGN)
def test_other_formats_are_named(name: str) -> None:
    with pytest.raises(PictureError) as raised:
        decode(FOREIGN[name]())
    assert raised.value.key == "picture_format"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF", "HEIF"])
def test_a_file_cut_off_anywhere_is_a_picture_or_a_picture_error(kind: str) -> None:
    whole = encoded(Image.fromarray(RNG.integers(0, 256, (40, 30, 3), np.uint8)), kind)
    for end in range(1, len(whole), max(1, len(whole) // 100)):
        timed(whole[:end])


def test_the_transparency_of_a_frame_behind_comments_is_kept() -> None:
    scene = Image.fromarray(np.arange(20 * 20, dtype=np.uint8).reshape(20, 20) // 200)
    plain = encoded(scene, "GIF", transparency=0)
    assert decode(plain).alpha is not None
    commented = encoded(scene, "GIF", transparency=0, comment=b"a comment " * 1000)
    assert len(commented) > len(plain) + 5000
    np.testing.assert_array_equal(decode(commented).alpha, decode(plain).alpha)
    np.testing.assert_array_equal(decode(commented).rgb, decode(plain).rgb)
