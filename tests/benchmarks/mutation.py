"""Damages a file the way that finds mistakes in decoders: bits, lengths, lost and doubled parts, two files in one."""

import random
import re
import zlib
from collections.abc import Sequence
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_EXTREMES: Final = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(files: Sequence[bytes], rng: random.Random) -> bytes:
    """One of the files, damaged in one to four ways. A damaged PNG may get the right checksums, to be let in."""
    data = rng.choice(files)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        data = rng.choice(_WAYS)(data, files, rng)
    return _with_checksums(data) if data.startswith(_PNG) and rng.random() < 0.6 else data


def _flip_bits(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    changed = bytearray(data)
    reach = rng.choice((64, len(data)))  # headers deserve more than their share
    for _turn in range(rng.choice((1, 1, 2, 8, 64)) if data else 0):
        changed[rng.randrange(min(reach, len(data)))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _set_bytes(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    at, count = rng.randrange(len(data) + 1), rng.choice((1, 2, 4, 16, 100))
    new = rng.choice((bytes(count), b"\xff" * count, rng.randbytes(count)))
    return data[:at] + new + data[at + (count if rng.random() < 0.7 else 0) :]


def _truncate(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _edit_length(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    """A number of the size that lengths, widths and offsets have becomes an extreme one."""
    parts = _parts(data)
    at = sum(map(len, parts[: rng.randrange(len(parts) + 1)])) + rng.randrange(24)
    size, order = rng.choice((1, 2, 4)), rng.choice(("big", "little"))
    value = rng.choice((*_EXTREMES, len(data) - 1, len(data) + 1)) % (1 << 8 * size)
    return data[:at] + value.to_bytes(size, order) + data[at + size :]


def _move_parts(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    parts = _parts(data)
    one, other = rng.randrange(len(parts)), rng.randrange(len(parts))
    match rng.randrange(4):
        case 0:
            del parts[one]
        case 1:
            parts.insert(other, parts[one])
        case 2:
            parts[one], parts[other] = parts[other], parts[one]
        case _:
            parts[one:one] = [parts[one]] * rng.choice((2, 20, 200))
    return b"".join(parts)


def _splice(data: bytes, files: Sequence[bytes], rng: random.Random) -> bytes:
    other = rng.choice(files)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _swap_head(data: bytes, files: Sequence[bytes], rng: random.Random) -> bytes:
    size = rng.choice((4, 8, 16, 33, 64))
    return rng.choice(files)[:size] + data[size:]


def _noise(data: bytes, _: Sequence[bytes], rng: random.Random) -> bytes:
    return data[: rng.choice((0, 8, 33, 200))] + rng.randbytes(rng.choice((0, 10, 500, 5000)))


_WAYS: Final = (
    _flip_bits,
    _flip_bits,
    _set_bytes,
    _truncate,
    _edit_length,
    _edit_length,
    _move_parts,
    _splice,
    _swap_head,
    _noise,
)


def _parts(data: bytes) -> list[bytes]:
    """A file's own parts, together they are it: chunks of a PNG or WebP, segments of a JPEG, boxes of an AVIF or HEIC.

    Blocks of any other.
    """
    if data.startswith(_PNG):
        return _chunks(data, 8, "big", 12)
    if data.startswith(b"RIFF"):
        return _chunks(data, 12, "little", 8)
    if data.startswith(b"\xff\xd8"):
        starts = [found.start() for found in re.finditer(rb"\xff[\xc0-\xcf\xda-\xfe]", data)]
    elif data[4:8] == b"ftyp":  # lengths stand before four letters, also within other boxes
        starts = [found.start() for found in re.finditer(rb"(?s)....(?=[a-zA-Z]{4})", data) if found.start()]
    else:
        starts = list(range(16, len(data), 16))
    return [data[begin:end] for begin, end in zip([0, *starts], [*starts, len(data)], strict=True)]


def _chunks(data: bytes, head: int, order: str, around: int) -> list[bytes]:
    parts, at = [data[:head]], head
    while at < len(data):
        field = data[at : at + 4] if order == "big" else data[at + 4 : at + 8][::-1]
        length = int.from_bytes(field, "big")
        parts.append(data[at : at + around + length])
        at += around + length
    return parts


def _with_checksums(data: bytes) -> bytes:
    parts = _parts(data)
    whole = [part for part in parts[1:] if len(part) >= 12 and len(part) == 12 + int.from_bytes(part[:4], "big")]
    mended = (part[:-4] + zlib.crc32(part[4:-4]).to_bytes(4, "big") for part in whole)
    return parts[0] + b"".join(mended) + b"".join(parts[1 + len(whole) :])
