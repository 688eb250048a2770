"""The nearest neighbours of a picture, and the images they are chosen from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.confidence.nearest import BANK_IMAGES, SHOWN, Bank, choose_bank_images


def bank(count: int) -> tuple[Bank, np.ndarray]:
    rng = np.random.default_rng(0)
    codes = rng.normal(0, 1, (count, 6)).astype(np.float32)
    images = np.arange(count, dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
    return Bank(images, np.arange(count, dtype=np.uint8) % 10, codes), codes


def test_the_nearest_come_first() -> None:
    kept, codes = bank(60)
    for asked in range(60):
        found = kept.nearest(codes[asked])
        expected = np.argsort(((codes - codes[asked]) ** 2).sum(axis=1))[:SHOWN]
        assert found.images[:, 0, 0].tolist() == expected.tolist()
        assert found.labels.tolist() == (expected % 10).tolist()
        assert expected[0] == asked


@pytest.mark.parametrize("count", [1, 2, SHOWN])
def test_a_small_bank_gives_all_its_images(count: int) -> None:
    kept, codes = bank(count)
    assert len(kept.nearest(codes[0]).images) == count


@given(st.lists(st.integers(0, 9), max_size=300))
def test_all_of_few_images_are_kept(labels: list[int]) -> None:
    assert choose_bank_images(np.array(labels, np.uint8)).tolist() == list(range(len(labels)))


def test_of_many_images_equally_many_of_each_class_from_the_whole_data_set() -> None:
    labels = np.random.default_rng(0).integers(0, 10, 60_000).astype(np.uint8)
    chosen = choose_bank_images(labels)
    assert np.bincount(labels[chosen]).tolist() == [BANK_IMAGES // 10] * 10
    assert len(set(chosen.tolist())) == BANK_IMAGES
    assert np.histogram(chosen, 10, (0, 60_000))[0].min() > 400
