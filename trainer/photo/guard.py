"""Prepare the bytes of a file for its decoder: refuse what would keep it busy for minutes, keep only what it needs.

Pillow limits the pixels that a file declares. This module limits how often a decoder would go over them, or over its
own bookkeeping. Measured with Pillow 12.3: ten megabytes of one-byte GIF comments take 336 s, a progressive JPEG of
49 megapixels with 140 000 empty scans did not end within three minutes. It also mends files whose last bytes are
missing, so that decoders read what is there.
"""

import re
import zlib
from typing import Final, NamedTuple

from trainer.errors import PictureError
from trainer.photo.webp import first_webp_frame

MOST_SCANS: Final = 50  # in a JPEG; encoders write up to 18
MOST_SCANNED: Final = 2_500_000_000  # pixels, over all scans of a progressive JPEG: about three seconds
_JPEG_MARKER: Final = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")  # neither a stuffed byte nor a restart
_NO_LENGTH: Final = frozenset((0x01, 0xD8))  # markers without a length field: TEM, SOI
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers that declare height and width
_SCAN, _END = 0xDA, 0xD9

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_ONCE: Final = (b"IHDR", b"PLTE", b"tRNS", b"eXIf")  # the chunks that decide what is seen, besides the pixels
_LARGEST_EXIF: Final = 1 << 16

_GIF_BLOCK: Final = re.compile(rb"[!,;]")
_HEAD_BYTES: Final = 13  # of a GIF before its global colour table
_DESCRIPTOR_BYTES: Final = 10  # of a frame before its own colour table
_CONTROL: Final = 0xF9  # the graphic control extension, which names the transparent colour


class Prepared(NamedTuple):
    """A file that is cheap to decode, and whether its last bytes are missing."""

    data: bytes
    cut_off: bool = False


def prepared(data: bytes) -> Prepared:
    """The first picture of a PNG, GIF, JPEG or WebP file without text, profiles and comments; others as they are.

    PictureError `picture_too_costly` if decoding it would take minutes.
    """
    if data.startswith(b"GIF8"):
        return _gif(data)
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Prepared(*first_webp_frame(data))
    return Prepared(data)


def _jpeg(data: bytes) -> Prepared:
    """With an end marker if there is none: the decoder then fills what is missing with gray (128).

    Ends at the end of the first picture in the file; phones may append a video.
    """
    scans, pixels, at = 0, 0, 0
    while found := _JPEG_MARKER.search(data, at):
        marker, at = data[found.end() - 1], found.end()
        if marker == _END:
            return Prepared(data)
        if marker in _FRAMES:
            height, width = (int.from_bytes(data[at + side : at + side + 2], "big") for side in (3, 5))
            pixels = max(pixels, height * width)
        scans += marker == _SCAN
        if scans > MOST_SCANS or scans * pixels > MOST_SCANNED:
            raise PictureError("picture_too_costly")
        if marker not in _NO_LENGTH:
            at += int.from_bytes(data[at : at + 2], "big")
    return Prepared(data + bytes((0xFF, _END)), cut_off=True)


def _png(data: bytes) -> Prepared:
    """Only the chunks that decide what is seen, the pixels in one chunk; nothing is unpacked here."""
    once, pixels = dict[bytes, bytes](), bytearray()
    at, ended = len(_PNG), False
    while at + 8 <= len(data) and not ended:
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"IDAT":
            pixels += data[at + 8 : at + 8 + size]
        elif kind in _ONCE and (kind != b"eXIf" or size <= _LARGEST_EXIF):
            once.setdefault(kind, data[at : at + 12 + size])
        ended = kind == b"IEND"
        at += 12 + size
    head = b"".join(once[kind] for kind in _ONCE if kind in once)
    return Prepared(_PNG + head + _png_chunk(b"IDAT", pixels) + _png_chunk(b"IEND", b""), cut_off=not ended)


def _png_chunk(kind: bytes, content: bytes | bytearray) -> bytes:
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(content, zlib.crc32(kind)).to_bytes(4, "big")


def _gif(data: bytes) -> Prepared:
    """Header and global colour table, then the first frame, without comments and other extensions.

    Pillow would collect these. The last graphic control extension before the frame is kept.
    """
    head = at = _HEAD_BYTES + _table_bytes(data, 10)
    control = b""
    while (found := _GIF_BLOCK.search(data, at)) and found.group() == b"!":
        begin = found.start()
        at = _after_blocks(data, begin + 2)
        if data[begin + 1 : begin + 2] == bytes([_CONTROL]):
            control = data[begin:at]
    if not found or found.group() != b",":
        return Prepared(data[:head], cut_off=True)
    begin = found.start()
    blocks = 1 + begin + _DESCRIPTOR_BYTES + _table_bytes(data, begin + _DESCRIPTOR_BYTES - 1)  # after the code size
    end = _after_blocks(data, blocks)
    if end < len(data):
        return Prepared(data[:head] + control + data[begin:end])
    return Prepared(data[:head] + control + data[begin:blocks] + _whole_blocks(data, blocks), cut_off=True)


def _whole_blocks(data: bytes, begin: int) -> bytes:
    """The data blocks from `begin` on, the last one with the length that it really has: Pillow reads no other."""
    last = at = begin
    while at < len(data) and data[at]:
        last, at = at, at + 1 + data[at]
    if begin >= len(data) or at <= len(data):
        return data[begin:]
    return data[begin:last] + bytes((len(data) - last - 1,)) + data[last + 1 :]


def _table_bytes(data: bytes, flags: int) -> int:
    """The size of the colour table that the flags at this position announce."""
    return 3 << ((data[flags] & 7) + 1) if len(data) > flags and data[flags] & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    """The position after the data blocks that begin at `at`."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1
