"""The four files of Fashion-MNIST: where they are searched, and reading them with their checksums verified.

Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv 1708.07747; MIT licence): 60 000 training and 10 000 test images,
uint8, 28 x 28, each of one garment, bright on black.
"""

import hashlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.data.idx import parse
from trainer.errors import DatasetError
from trainer.settings import TrainerSettings

# The published files in the order of the arrays of Dataset, with their sha256.
FILES: Final = {
    "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}


def dataset_ready(settings: TrainerSettings) -> bool:
    """Whether the files of Fashion-MNIST exist on this machine; their content is not checked."""
    folders = [settings.fashion_mnist_dir] if settings.fashion_mnist_dir else cache_folders(settings.tutor_home)
    return any(all((folder / name).is_file() for name in FILES) for folder in folders)


def home_folder(home: Path) -> Path:
    """The folder of the downloaded files."""
    return home / "datasets" / "fashion-mnist"


def cache_folders(home: Path) -> list[Path]:
    """The folders to search besides FASHION_MNIST_DIR: that of the download, and Keras' cache, which is only read."""
    # Not KERAS_HOME: prepare_home has set it to a folder in TUTOR_HOME.
    return [home_folder(home), Path.home() / ".keras" / "datasets" / "fashion-mnist"]


def load_folder(folder: Path) -> Dataset:
    """Read the four files of a folder; DatasetError names the first one that is missing or not as published."""
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
