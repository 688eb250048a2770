"""The practice set: geometry, difficulty, and its file."""

from pathlib import Path
from typing import Any

import numpy as np

from trainer.data.dataset import Dataset
from trainer.data.practice import draw_practice, load_practice
from trainer.steps.explore import count_labels, mean_images, nearest_mean
from trainer.steps.preprocess import scale


def test_geometry(practice: Dataset) -> None:
    images = practice.train_images
    assert images.shape == (12_000, 28, 28)
    assert practice.test_images.shape == (2_000, 28, 28)
    on: Any = images > 0
    rows, columns = on.any(axis=2), on.any(axis=1)
    height = 28 - rows.argmax(axis=1) - rows[:, ::-1].argmax(axis=1)
    width = 28 - columns.argmax(axis=1) - columns[:, ::-1].argmax(axis=1)
    assert (np.maximum(height, width) == 28).mean() > 0.95
    top, bottom = rows.argmax(axis=1), rows[:, ::-1].argmax(axis=1)
    assert np.abs(top - bottom).max() <= 2  # centred
    assert count_labels(practice.train_labels).tolist() == [1200] * 10


def test_it_can_be_learned_and_is_not_trivial(practice: Dataset) -> None:
    means = mean_images(practice.train_images, practice.train_labels)
    share = (nearest_mean(practice.test_images, means) == practice.test_labels).mean()
    assert 0.5 < share < 0.95


def test_the_same_set_every_time() -> None:
    first, second = draw_practice(40, 20), draw_practice(40, 20)
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


def test_it_is_saved_and_drawn_again_if_the_file_is_damaged(practice: Dataset, practice_home: Path) -> None:
    assert practice.name == "practice"
    kept = practice_home / "datasets" / "practice-2.npz"
    content = kept.read_bytes()
    kept.write_bytes(content[: len(content) // 2])
    again = load_practice(practice_home)
    assert again.sha256 == practice.sha256
    assert kept.stat().st_size == len(content)


def test_scaling() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    scaled = scale(images)
    assert scaled.dtype == np.float32
    assert (scaled.min(), scaled.max()) == (0.0, 1.0)
    assert np.allclose(scaled * 255, images)
