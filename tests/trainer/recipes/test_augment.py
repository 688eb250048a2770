"""Augmentation changes what it says, nothing else, and the seed decides how."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from trainer.data.dataset import Dataset
from trainer.recipes.shared.augment import LAYERS, ROBUST, SHIFT_PIXELS, augmentation


def changed(images: Any, *changes: Any, seed: int = 1) -> Any:
    augment = augmentation(changes, seed)
    assert augment is not None
    return augment(tf.constant(images)).numpy()


@pytest.fixture(scope="module")
def images(practice: Dataset) -> Any:
    return practice.train_images[:200]


def test_nothing_to_change() -> None:
    assert augmentation((), 1) is None


@pytest.mark.parametrize("change", list(LAYERS))
def test_every_change_keeps_form_and_draws_anew(images: Any, change: Any) -> None:
    augment = augmentation((change,), 1)
    assert augment is not None
    first, second = (augment(tf.constant(images)).numpy() for _ in range(2))
    assert first.shape == images.shape
    assert first.dtype == np.uint8
    assert (first != images).any()
    assert (first != second).any()
    np.testing.assert_array_equal(first, changed(images, change))
    assert (changed(images, change, seed=2) != first).any()


def test_mirroring_is_exact(images: Any) -> None:
    mirrored = changed(images, "mirror")
    left = (mirrored == images).all(axis=(1, 2))
    right = (mirrored == images[:, :, ::-1]).all(axis=(1, 2))
    assert (left | right).all()
    assert 60 < (right & ~left).sum() < 140


def test_shifting_is_by_whole_pixels(images: Any) -> None:
    steps = range(-SHIFT_PIXELS, SHIFT_PIXELS + 1)
    padded = np.pad(images, ((0, 0), (SHIFT_PIXELS,) * 2, (SHIFT_PIXELS,) * 2))
    shifted, found = changed(images, "shift"), np.zeros(len(images), bool)
    for down in steps:
        for right in steps:
            top, left = SHIFT_PIXELS - down, SHIFT_PIXELS - right
            moved = padded[:, top : top + 28, left : left + 28]
            found |= (shifted == moved).all(axis=(1, 2))
    assert found.all()


def test_all_of_them_leave_garments_that_can_be_told_apart(images: Any) -> None:
    robust = changed(images, *ROBUST)
    assert robust.mean() == pytest.approx(images.mean(), rel=0.35)
    assert np.median(robust[:, :2]) == 0  # the background stays dark
