"""The first frame of a WebP file whose last bytes are missing, mended so that libwebp decodes what is there.

Zeros take the place of the missing bytes: the decoder smears what it has over the rest of the picture.
"""

import struct
from typing import Final, NamedTuple

_FILE_HEAD_BYTES: Final = 12
_FRAME_HEAD_BYTES: Final = 16  # of a frame of an animation: position, size, duration, flags
_LOSSY_HEAD_BYTES: Final = 10
# For each byte of the file, and limits: a decoder that runs out of data shows nothing, and zeros may last less long
# than what is missing.
_ZEROS: Final = 64
_LEAST_ZEROS, _MOST_ZEROS = 2**20, 2**24
_ALPHA: Final = 0x10  # the flag in the header of an extended file


class _Chunk(NamedTuple):
    """`missing`: the file ends before its content does."""

    kind: bytes
    content: bytes
    missing: bool


def first_webp_frame(data: bytes) -> tuple[bytes, bool]:
    """A file without its last bytes up to its first frame, any other as it is; whether this frame is incomplete."""
    if len(data) >= 8 + int.from_bytes(data[4:8], "little"):
        return data, False
    chunks = _first_frame(data, _FILE_HEAD_BYTES)
    cut_off = not chunks or chunks[-1].missing
    zeros = bytes(min(max(_ZEROS * len(data), _LEAST_ZEROS), _MOST_ZEROS))
    parts = [_written(chunk.kind, chunk.content + zeros * chunk.missing) for chunk in chunks]
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body, cut_off


def _first_frame(data: bytes, at: int) -> list[_Chunk]:
    """The chunks that make up the first frame; none if its pixels are missing."""
    chunks = list[_Chunk]()
    while at + 8 < len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        content = data[at + 8 : at + 8 + size]
        if kind == b"ANMF":
            return _still(content)
        if kind == b"VP8L" or (kind == b"VP8 " and _has_pixels(content)):
            return [*chunks, _Chunk(kind, content, missing=len(content) < size)]
        if kind in (b"VP8X", b"ALPH"):
            chunks.append(_Chunk(kind, content, missing=False))
        at += 8 + size + size % 2
    return []


def _still(frame: bytes) -> list[_Chunk]:
    """A frame of an animation as a picture of its own."""
    chunks = _first_frame(frame, _FRAME_HEAD_BYTES)
    if len(chunks) < 2:  # noqa: PLR2004 without alpha
        return chunks
    size = frame[6:12]  # width and height less one, 3 bytes each
    return [_Chunk(b"VP8X", bytes((_ALPHA, 0, 0, 0)) + size, missing=False), *chunks]


def _has_pixels(lossy: bytes) -> bool:
    """Whether the data reach beyond the part that only says how blocks are predicted."""
    return len(lossy) > _LOSSY_HEAD_BYTES + (int.from_bytes(lossy[:3], "little") >> 5)


def _written(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
