"""The four files of Fashion-MNIST: where they are searched, and reading them with their checksums verified.

Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv 1708.07747; MIT licence): 60 000 training and 10 000 test images,
uint8, 28 x 28, each of one garment, bright on black.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.data.idx import begins_like_idx, content_digest, parse
from trainer.errors import DatasetError, problem_of
from trainer.settings import TrainerSettings

# The published files in the order of the arrays of Dataset: the sha256 of each, and that of its unpacked content.
FILES: Final = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
CONTENT: Final = {
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
_ARCHIVES: Final = (".zip", ".tar", ".tar.gz", ".tgz", ".7z", ".rar")
_DEEPEST: Final = 2  # folders in FASHION_MNIST_DIR, as in FashionMNIST/raw
_MOST_ENTRIES: Final = 200  # of one depth: FASHION_MNIST_DIR may be a person's whole folder of downloads
_MOST_FILES: Final = 16
_MNIST_LABELS: Final = (5, 0, 4, 1, 9, 2, 1, 3, 1, 4)  # MNIST's training labels begin so


def dataset_ready(settings: TrainerSettings) -> bool:
    """Whether the files of Fashion-MNIST seem to exist on this machine; their content is not checked."""
    folders = [settings.fashion_mnist_dir] if settings.fashion_mnist_dir else cache_folders(settings.tutor_home)
    if any(all(is_file(find_file(folder, name)) for name in FILES) for folder in folders):
        return True
    return settings.fashion_mnist_dir is not None and len(idx_files(settings.fashion_mnist_dir)) >= len(FILES)


def home_folder(home: Path) -> Path:
    """The folder of the downloaded files."""
    return home / "datasets" / "fashion-mnist"


def cache_folders(home: Path) -> list[Path]:
    """The folders to search besides FASHION_MNIST_DIR: that of the download, and Keras' cache, which is only read."""
    folders = [home_folder(home)]
    with contextlib.suppress(RuntimeError):  # the user has no home, e.g. in a container
        # Not KERAS_HOME: prepare_home has set it to a folder in TUTOR_HOME.
        cache = Path.home() / ".keras" / "datasets" / "fashion-mnist"
        if os.access(cache, os.R_OK | os.X_OK):  # not in another user's home
            folders.append(cache)
    return folders


def find_file(folder: Path, name: str) -> Path:
    """A published file in a folder, also unpacked, also with the dot before `idx` that unpacking programs write."""
    unpacked = name.removesuffix(".gz")
    dotted = unpacked.replace("-idx", ".idx")
    for variant in (name, unpacked, f"{dotted}.gz", dotted):
        if is_file(folder / variant):
            return folder / variant
    return folder / name


def is_file(path: Path) -> bool:
    """Whether there is such a file, as far as this user may see."""
    try:
        return path.is_file()
    except OSError:
        return False


def idx_files(folder: Path) -> list[Path]:
    """Every idx file in a folder and the folders in it, whatever its name: `train-images (1).gz`, `raw/TRAIN.GZ`."""
    return [path for path in _files(folder) if _begins_like_idx(path)][:_MOST_FILES]


def load_folder(folder: Path) -> Dataset:
    """Read the four files of a folder, packed or unpacked; what counts is the sha256 of their content.

    DatasetError names the first file that is missing or not as published.
    """
    train_images, train_labels, test_images, test_labels = (
        _load_file(folder, name, digest) for name, digest in CONTENT.items()
    )
    digest = hashlib.sha256("".join(FILES.values()).encode()).hexdigest()
    return Dataset("fashion-mnist", digest, train_images, train_labels, test_images, test_labels)


def _load_file(folder: Path, name: str, digest: str) -> NDArray[np.uint8]:
    """The published file by its name, else by its content under any name; if it is neither, what is wrong."""
    expected = find_file(folder, name)
    try:
        return _published(expected, digest)
    except DatasetError as error:
        others = [path for path in idx_files(folder) if path != expected]
        for path in others:
            with contextlib.suppress(DatasetError):
                return _published(path, digest)
        if any(_is_mnist(path) for path in (expected, *others)):
            raise DatasetError("dataset_is_mnist", folder=folder) from None
        if error.key == "dataset_file_missing" and (archive := _archive(folder)):
            raise DatasetError("dataset_packed", folder=folder, archive=archive) from None
        raise


def _published(path: Path, digest: str) -> NDArray[np.uint8]:
    array = _read(path)
    if content_digest(array) != digest:
        raise DatasetError("dataset_file_wrong", path=path)
    return array


def _read(path: Path) -> NDArray[np.uint8]:
    try:
        with path.open("rb") as file:
            return parse(file, str(path))
    except OSError as error:
        raise DatasetError("dataset_file_missing", path=path, problem=problem_of(error)) from None


def _is_mnist(path: Path) -> bool:
    """Whether a file holds the labels of the handwritten digits, whose files have the same names."""
    try:
        labels = _read(path)
    except DatasetError:
        return False
    return labels.ndim == 1 and tuple(labels[: len(_MNIST_LABELS)]) == _MNIST_LABELS


def _files(folder: Path) -> Iterator[Path]:
    """The files in a folder and the folders in it, two deep; a file that unpacking made a folder of is among them."""
    for depth in range(_DEEPEST + 1):
        found = sorted(folder.glob("*/" * depth + "*"))
        yield from (path for path in found[:_MOST_ENTRIES] if is_file(path))


def _begins_like_idx(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return begins_like_idx(file)
    except OSError:
        return False


def _archive(folder: Path) -> str:
    """The name of an archive in the folder that may hold the files; empty if there is none."""
    return next((path.name for path in _files(folder) if path.name.lower().endswith(_ARCHIVES)), "")
