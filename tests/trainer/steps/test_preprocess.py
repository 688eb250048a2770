"""Step 1.3 and the exploring before it: ranges and counts are what the lessons say."""

import numpy as np

from trainer.data.dataset import Dataset
from trainer.steps.explore import count_labels
from trainer.steps.preprocess import scale


def test_pixels_are_scaled_as_in_the_tutorial(practice: Dataset) -> None:
    scaled = scale(practice.test_images)
    assert scaled.dtype == np.float32
    assert (scaled.min(), scaled.max()) == (0, 1)
    np.testing.assert_allclose(scaled, practice.test_images / 255.0, atol=1e-7)


def test_every_class_has_as_many_images(practice: Dataset) -> None:
    assert count_labels(practice.train_labels).tolist() == [1200] * 10
