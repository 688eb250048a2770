"""Step 1.2: the data set and its class names.

Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv 1708.07747; MIT licence): 60 000 training and 10 000 test images,
uint8, 28 x 28, one garment each, bright on black.
"""

import hashlib
import itertools
import logging
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.errors import DatasetError
from trainer.settings import DatasetChoice, TrainerSettings

CLASS_NAMES: Final = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
]  # fmt: skip

# The published files in the order of the four arrays, with the sha256 of the official release.
FILES: Final = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
_IMAGES_MAGIC: Final = 0x00000803  # idx: unsigned bytes, three dimensions
_LABELS_MAGIC: Final = 0x00000801  # idx: unsigned bytes, one dimension
_UNPACKED_MAX: Final = 64 * 2**20  # bytes; the largest of the four unpacks to 47 MB
ALIGNMENT: Final = 64  # bytes: what TensorFlow asks of the address of a tensor (EIGEN_MAX_ALIGN_BYTES)
_PIECE: Final = 2**20  # bytes of a packed file that are unpacked at once
_log = logging.getLogger(__name__)

VALIDATION_SHARE: Final = 12  # one in twelve


@dataclass(frozen=True)
class Dataset:
    """Images uint8[n, 28, 28] and labels uint8[n] in 0 ... 9, for training and for testing.

    `sha256` names the content; `notice` says why this is the practice set although nobody asked for it.
    """

    name: Literal["fashion-mnist", "practice"]
    sha256: str
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]
    notice: DatasetError | None = None


@dataclass(frozen=True)
class Split:
    """The training images in two parts, as arrays like those of Dataset; `validation_*` may be empty."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    validation_images: NDArray[np.uint8]
    validation_labels: NDArray[np.uint8]


def split(dataset: Dataset, *, validation: bool) -> Split:
    """Hold out the last twelfth of the training images (5000 of 60 000), or nothing.

    Always the same ones, so that no recipe was chosen by images that another one was trained with.
    """
    count = len(dataset.train_images)
    first = count - (count // VALIDATION_SHARE if validation else 0)
    images, labels = dataset.train_images, dataset.train_labels
    return Split(images[:first], labels[:first], images[first:], labels[first:])


def load_data(choice: DatasetChoice = "auto", *, settings: TrainerSettings | None = None) -> Dataset:
    """Load the data set that was chosen.

    `fashion-mnist` is looked for in FASHION_MNIST_DIR, in TUTOR_HOME, in the user's Keras cache, and then
    downloaded. `auto` falls back to the practice set, with a `notice`. Raises DatasetError when the real set
    cannot be had, or when FASHION_MNIST_DIR was set to a folder that does not hold it.
    """
    from trainer import practice
    from trainer.download import fetch_fashion_mnist

    settings = settings or TrainerSettings()
    if choice == "practice":
        return practice.load_practice(settings.tutor_home)
    if settings.fashion_mnist_dir is not None:
        return load_folder(settings.fashion_mnist_dir)
    for folder in _caches(settings.tutor_home):
        if (folder / next(iter(FILES))).is_file():
            try:
                return load_folder(folder)
            except DatasetError as error:
                _log.warning("%s", error)
    try:
        return load_folder(fetch_fashion_mnist(home_folder(settings.tutor_home), FILES))
    except DatasetError as error:
        if choice == "fashion-mnist":
            raise
        _log.warning("the practice set stands in for Fashion-MNIST: %s", error)
        return practice.load_practice(settings.tutor_home, notice=error)


def dataset_ready(settings: TrainerSettings) -> bool:
    """Whether the real data set seems to lie on this machine (the files exist; their content is not checked)."""
    folders = [settings.fashion_mnist_dir] if settings.fashion_mnist_dir else _caches(settings.tutor_home)
    return any(all((folder / name).is_file() for name in FILES) for folder in folders)


def home_folder(home: Path) -> Path:
    """Where a download is kept."""
    return home / "datasets" / "fashion-mnist"


def _caches(home: Path) -> list[Path]:
    # The user's own Keras cache is only read; KERAS_HOME is not asked, because it points below TUTOR_HOME by now.
    return [home_folder(home), Path.home() / ".keras" / "datasets" / "fashion-mnist"]


def load_folder(folder: Path) -> Dataset:
    """The four files of one folder, checked; DatasetError names the first one that is missing or not as published."""
    train_images, train_labels, test_images, test_labels = (
        _load_file(folder / name, digest) for name, digest in FILES.items()
    )
    digest = hashlib.sha256("".join(FILES.values()).encode()).hexdigest()
    return Dataset("fashion-mnist", digest, train_images, train_labels, test_images, test_labels)


def _load_file(path: Path, digest: str) -> NDArray[np.uint8]:
    try:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise DatasetError("dataset_file_wrong", path=path)
            file.seek(0)
            return parse(file, path.name)
    except OSError as error:
        raise DatasetError("dataset_file_missing", path=path, problem=error.strerror or "?") from None


def parse(packed: BinaryIO, name: str) -> NDArray[np.uint8]:
    """A gzipped idx file as uint8[n, height, width] or uint8[n], `aligned`.

    Raises DatasetError (`dataset_file_broken`, naming `name`) for anything that is not exactly such a file.
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
            # ValueError for more than the header says
            flat[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
            filled += len(piece)
    except (zlib.error, KeyError, ValueError):
        raise broken from None
    if filled != array.size:
        raise broken
    return array


def _unpacked(packed: BinaryIO) -> Iterator[bytes]:
    """The content of one gzip member, piece by piece: as a whole it would be held twice. Raises zlib.error."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16: a gzip header is expected
    while piece := packed.read(_PIECE):
        if unpacked := unpacker.decompress(piece):
            yield unpacked
    if not unpacker.eof or unpacker.unused_data:
        raise zlib.error


def aligned(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Zeros, uint8 of this shape, at an address of which TensorFlow can make a tensor without a copy."""
    memory = np.zeros(math.prod(shape) + ALIGNMENT, np.uint8)
    first = -memory.ctypes.data % ALIGNMENT
    return memory[first : first + math.prod(shape)].reshape(shape)
