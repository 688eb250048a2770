"""The data set in memory, and its split into training and validation images."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.errors import DatasetError

VALIDATION_SHARE: Final = 12  # one image in twelve


@dataclass(frozen=True)
class Dataset:
    """Images uint8[n, 28, 28] and labels uint8[n] in 0 ... 9, for training and for testing.

    `sha256` identifies the content. `notice`: the error because of which the practice set replaces Fashion-MNIST.
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
    """Training and validation images, as arrays like those of Dataset; `validation_*` may be empty."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    validation_images: NDArray[np.uint8]
    validation_labels: NDArray[np.uint8]


def split(dataset: Dataset, *, validation: bool) -> Split:
    """Hold out the last twelfth of the training images (5000 of 60 000) for validation, or none.

    Always the same images, so that no recipe is chosen by images that another one was trained on.
    """
    count = len(dataset.train_images)
    first = count - (count // VALIDATION_SHARE if validation else 0)
    images, labels = dataset.train_images, dataset.train_labels
    return Split(images[:first], labels[:first], images[first:], labels[first:])
