"""Refuse small, valid files that would keep a decoder busy for minutes or hours.

Pillow limits the pixels that a file declares. This module limits how often a decoder would go over them, or over its
own bookkeeping. Measured with Pillow 12.3: ten megabytes of one-byte GIF comments take 336 s, a progressive JPEG of
49 megapixels with 140 000 empty scans did not end within three minutes.
"""

import re
from typing import Final

from trainer.errors import PictureError

MOST_SCANS: Final = 50  # in a JPEG; encoders write about ten
MOST_CHUNKS: Final = 20_000  # in a PNG; ten megabytes in libpng's chunks of 8 KiB are 1280
_JPEG_MARKER: Final = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")  # neither a stuffed byte nor a restart
_GIF_BLOCK: Final = re.compile(rb"[!,;]")
_NO_LENGTH: Final = frozenset((0x01, 0xD8))  # markers without a length field: TEM, SOI
_SCAN, _END = 0xDA, 0xD9
_HEAD_BYTES: Final = 13  # of a GIF before its global colour table
_CONTROL: Final = 0xF9  # the graphic control extension, which names the transparent colour


def checked(data: bytes) -> bytes:
    """The file if it is cheap to decode, a GIF without the blocks before its first frame.

    PictureError `picture_too_costly` otherwise.
    """
    if data.startswith(b"GIF8"):
        return _first_frame(data)
    if data.startswith(b"\xff\xd8") and _jpeg_scans(data) > MOST_SCANS:
        raise PictureError("picture_too_costly")
    if data.startswith(b"\x89PNG") and _png_chunks(data) > MOST_CHUNKS:
        raise PictureError("picture_too_costly")
    return data


def _jpeg_scans(data: bytes) -> int:
    """The number of scans of the first picture in the file; phones may append a video."""
    scans, at = 0, 0
    while scans <= MOST_SCANS and (found := _JPEG_MARKER.search(data, at)):
        marker, at = data[found.end() - 1], found.end()
        if marker == _END:
            break
        scans += marker == _SCAN
        if marker not in _NO_LENGTH:
            at += int.from_bytes(data[at : at + 2], "big")
    return scans


def _png_chunks(data: bytes) -> int:
    chunks, at = 0, 8
    while at < len(data) and chunks <= MOST_CHUNKS:
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        chunks += 1
    return chunks


def _first_frame(data: bytes) -> bytes:
    """Header and global colour table, then everything from the first frame on, without comments and other extensions.

    Pillow would collect these. The last graphic control extension before the frame is kept.
    """
    colours = 3 << ((data[10] & 7) + 1) if len(data) > _HEAD_BYTES and data[10] & 0x80 else 0
    head = at = _HEAD_BYTES + colours
    control = b""
    while (found := _GIF_BLOCK.search(data, at)) and found.group() == b"!":
        begin = found.start()
        at = begin + 2
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
        if data[begin + 1 : begin + 2] == bytes([_CONTROL]):
            control = data[begin:at]
    return data[:head] + control + data[found.start() :] if found and found.group() == b"," else data[:head]
