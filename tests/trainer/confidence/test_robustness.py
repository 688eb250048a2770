"""Moved and mirrored test images."""

import numpy as np
from numpy.typing import NDArray

from trainer.confidence.robustness import IMAGES, robustness, shifted
from trainer.runs.folder import Run


def test_a_shift_moves_every_image_one_way() -> None:
    images = np.zeros((4, 28, 28), np.uint8)
    images[:, 10, 10] = 255
    moved = [tuple(map(int, np.argwhere(image)[0])) for image in shifted(images, 2)]
    assert moved == [(10, 12), (12, 10), (10, 8), (8, 10)]
    images[:] = 0
    images[:, 27, 27] = 255
    assert [int(image.max()) for image in shifted(images, 1)] == [0, 0, 255, 255]  # what leaves the picture is gone


def test_only_the_picture_decides() -> None:
    """A network that sees one pixel: right as long as it is where it was."""
    images = np.zeros((IMAGES + 40, 28, 28), np.uint8)
    labels = np.arange(len(images)) % 9 + 1
    images[:, 14, 14] = labels

    def accuracy_of(pixels: NDArray[np.uint8]) -> float:
        assert pixels.shape == (IMAGES, 28, 28)
        return float((pixels[:, 14, 14] == labels[:IMAGES]).mean())

    found = robustness(accuracy_of, images)
    assert found == {"none": 1.0, "mirror": 0.0, "shift_1": 0.0, "shift_2": 0.0, "shift_3": 0.0}


def test_it_stands_in_the_record(practice_run: Run) -> None:
    found = practice_run.record["robustness"]
    assert set(found) == {"none", "mirror", "shift_1", "shift_2", "shift_3"}
    assert 0.1 < found["shift_3"] < found["none"] <= 1
