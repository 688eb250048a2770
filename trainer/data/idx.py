"""The idx format of the files of the data set: an array of unsigned bytes, mostly gzipped."""

import hashlib
import itertools
import math
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from trainer.errors import DatasetError

ALIGNMENT: Final = 64  # bytes; alignment that TensorFlow requires of a tensor (EIGEN_MAX_ALIGN_BYTES)
_IMAGES_MAGIC: Final = 0x00000803  # idx: unsigned bytes, three dimensions
_LABELS_MAGIC: Final = 0x00000801  # idx: unsigned bytes, one dimension
_UNPACKED_MAX: Final = 64 * 2**20  # bytes; the largest of the four files has 47 MB
_GZIP_MAGIC: Final = b"\x1f\x8b"
_HEAD: Final = 1024  # bytes; the header of gzip, with the file's name in it, and that of idx
_PIECE: Final = 2**20  # bytes of a packed file that are read at once


def parse(packed: BinaryIO, name: str) -> NDArray[np.uint8]:
    """Read an idx file, gzipped or not: uint8[n, height, width] or uint8[n], `aligned`.

    Raises DatasetError (`dataset_file_broken` with `name`) for any other content.
    """
    broken = DatasetError("dataset_file_broken", name=name)
    pieces = _unpacked(packed)
    try:
        begin = next(pieces, b"")
        dimensions = {_IMAGES_MAGIC: 3, _LABELS_MAGIC: 1}[int.from_bytes(begin[:4], "big")]
        header = 4 + 4 * dimensions
        shape = tuple(int(size) for size in np.frombuffer(begin[4:header], ">u4"))
        if len(shape) != dimensions or math.prod(shape) > _UNPACKED_MAX:
            raise broken
        array = aligned(shape)
        filled, flat = 0, array.reshape(-1)
        for piece in itertools.chain((begin[header:],), pieces):
            # more bytes than the header says: ValueError
            flat[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
            filled += len(piece)
    except (zlib.error, KeyError, ValueError):
        raise broken from None
    if filled != array.size:
        raise broken
    return array


def begins_like_idx(packed: BinaryIO) -> bool:
    """Whether a file, gzipped or not, begins as images or labels do."""
    begin = packed.read(_HEAD)
    if begin.startswith(_GZIP_MAGIC):
        try:
            begin = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(begin, 4)
        except zlib.error:
            return False
    return int.from_bytes(begin[:4], "big") in (_IMAGES_MAGIC, _LABELS_MAGIC)


def _unpacked(packed: BinaryIO) -> Iterator[bytes]:
    """The content of a file, gzipped or not, in pieces, so that it is in memory only once. Raises zlib.error."""
    piece = packed.read(_PIECE)
    if not piece.startswith(_GZIP_MAGIC):
        while piece:
            yield piece
            piece = packed.read(_PIECE)
        return
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16: a gzip header is expected
    while piece:
        if unpacked := unpacker.decompress(piece):
            yield unpacked
        piece = packed.read(_PIECE)
    if not unpacker.eof or unpacker.unused_data:
        raise zlib.error


def content_digest(array: NDArray[np.uint8]) -> str:
    """The sha256 of the unpacked idx file that holds this array, uint8[n, height, width] or uint8[n]."""
    magic = {3: _IMAGES_MAGIC, 1: _LABELS_MAGIC}[array.ndim]
    digest = hashlib.sha256(np.array([magic, *array.shape], ">u4").tobytes())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def aligned(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Zeros, uint8 of this shape, at an address where TensorFlow can use them as a tensor without a copy."""
    memory = np.zeros(math.prod(shape) + ALIGNMENT, np.uint8)
    first = -memory.ctypes.data % ALIGNMENT
    return memory[first : first + math.prod(shape)].reshape(shape)
