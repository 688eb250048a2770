"""The width factors of a garment, and the geometry of the data set that `crop_and_resize` produces."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from trainer.data.fashion_mnist import load_folder
from trainer.photo.crop import SIDE, bounding_box, crop_and_resize, width_factors

# Mean height and width of the bounding box of each class's training images, measured.
BOXES = (
    (27.9, 21.8), (28.0, 11.8), (27.9, 21.2), (28.0, 14.8), (27.9, 20.2),
    (16.3, 27.9), (27.8, 21.5), (13.6, 28.0), (23.5, 25.6), (21.3, 27.8),
)  # fmt: skip


def shirt(width: int, height: int = 100) -> NDArray[np.uint8]:
    """A symmetric mask: a body with two sleeves."""
    mask = np.zeros((height, width), np.uint8)
    mask[:, width // 4 : width - width // 4] = 1
    mask[: height // 2] = 1
    return mask


def shoe(width: int = 140, height: int = 100) -> NDArray[np.uint8]:
    """A sole, and a shaft at its right end."""
    mask = np.zeros((height, width), np.uint8)
    mask[-height // 4 :] = 1
    mask[:, -width // 3 :] = 1
    return mask


def test_the_data_set_has_this_geometry(real_data: Any) -> None:
    dataset = load_folder(real_data)
    on = dataset.train_images > 0
    rows, columns = np.asarray(on.any(axis=2)), np.asarray(on.any(axis=1))

    def extent(line: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any]]:
        first, last = line.argmax(axis=1), SIDE - line[:, ::-1].argmax(axis=1)
        return last - first, (first + last - 1) / 2

    (heights, middles_y), (widths, middles_x) = extent(rows), extent(columns)
    assert (np.maximum(heights, widths) == SIDE).mean() == pytest.approx(0.983, abs=0.001)
    for label, (height, width) in enumerate(BOXES):
        of = dataset.train_labels == label
        assert heights[of].mean() == pytest.approx(height, abs=0.06)
        assert widths[of].mean() == pytest.approx(width, abs=0.06)
        assert middles_y[of].mean() == pytest.approx(13.5, abs=0.3)
        assert middles_x[of].mean() == pytest.approx(13.5, abs=0.3)


@given(width=st.integers(20, 300), height=st.integers(20, 300))
def test_a_symmetric_garment_never_stays_wider_than_the_data_sets(width: int, height: int) -> None:
    found = width_factors(shirt(width, height))
    assert found == sorted(set(found), reverse=True)
    assert all(0 < factor <= 1 for factor in found)
    assert max(found) * width <= 0.9 * height + 1e-9 or max(found) == 1
    assert min(found) < 1


def test_shoes_keep_their_proportions() -> None:
    assert width_factors(shoe()) == [1.0]
    assert width_factors(shoe(180)) == [1.0]


def test_real_shoes_keep_their_proportions_and_tops_do_not(real_data: Any) -> None:
    dataset = load_folder(real_data)
    images, labels = dataset.train_images[-2000:], dataset.train_labels[-2000:]
    kept = np.array([width_factors((image > 16).astype(np.uint8)) == [1.0] for image in images])
    assert kept[np.isin(labels, (5, 7, 9))].mean() > 0.95
    assert kept[np.isin(labels, (0, 1, 2, 3, 4, 6))].mean() < 0.02


@pytest.mark.parametrize("factor", [0.9, 0.7, 0.5])
def test_narrowing_changes_the_width_alone(factor: float) -> None:
    mask = shirt(80)
    pixels = crop_and_resize(np.full(mask.shape, 200, np.float32), mask, factor)
    rows, columns = bounding_box(pixels)
    assert rows == slice(0, SIDE)
    assert columns.stop - columns.start == round(SIDE * 0.8 * factor)
