"""Segmentation before plain and busy backgrounds, and without an exception for any picture."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from numpy.typing import NDArray

from trainer.photo.segment import fill_holes, find_garment


def shirt(height: int = 240, width: int = 200) -> NDArray[np.uint8]:
    """The mask of a T-shirt in the middle of a picture."""
    mask = np.zeros((height, width), np.uint8)
    corners = [(0.25, 0.2), (0.4, 0.15), (0.6, 0.15), (0.75, 0.2), (0.92, 0.38), (0.8, 0.45), (0.74, 0.4), (0.74, 0.85),
               (0.26, 0.85), (0.26, 0.4), (0.2, 0.45), (0.08, 0.38)]  # fmt: skip
    points = np.array([(x * width, y * height) for x, y in corners], np.int32)
    cv2.fillPoly(mask, [points], (1,))
    return mask


def painted(mask: NDArray[Any], garment: tuple[int, int, int], ground: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.where(mask[..., None] > 0, garment, ground).astype(np.uint8)


def overlap(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float((one & other).sum() / (one | other).sum())


@pytest.mark.parametrize(
    ("garment", "ground"),
    [
        ((30, 30, 120), (253, 253, 253)), ((200, 40, 40), (240, 235, 230)), ((235, 235, 235), (255, 255, 255)),
        ((240, 240, 240), (0, 0, 0)), ((60, 60, 60), (20, 20, 20)), ((250, 250, 250), (150, 20, 60)),
    ],
)  # fmt: skip
def test_plain_backgrounds(garment: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    found = find_garment(painted(shirt(), garment, ground))
    assert found.found
    assert found.background is not None
    assert abs(found.background - np.dot(ground, (0.299, 0.587, 0.114))) <= 2
    assert overlap(found.mask, shirt()) > 0.995


def test_noise_and_a_soft_shadow_on_a_plain_background() -> None:
    rng = np.random.default_rng(0)
    picture = painted(shirt(), (40, 60, 90), (245, 245, 245)).astype(np.float32)
    shadow = cv2.GaussianBlur(np.roll(shirt(), (6, 6), (0, 1)).astype(np.float32), (0, 0), 6)
    picture -= 18 * (shadow * (shirt() == 0))[..., None]
    picture += rng.normal(0, 1.5, picture.shape)
    found = find_garment(np.clip(picture, 0, 255).astype(np.uint8))
    assert overlap(found.mask, shirt()) > 0.93


@pytest.mark.parametrize("garment", [(30, 40, 110), (230, 225, 215), (170, 30, 40)])
def test_a_busy_background(garment: tuple[int, int, int]) -> None:
    """Wooden boards with grain, and a garment in the middle."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[0:240, 0:200]
    boards = 120 + 30 * np.sin(columns / 7 + np.sin(rows / 25)) + 25 * ((columns // 40) % 2)
    ground = np.stack([boards + 25, boards, boards - 45], axis=-1) + rng.normal(0, 8, (240, 200, 3))
    folds = 12 * np.sin(rows / 9 + columns / 23)[..., None]
    cloth = np.asarray(garment) + folds + rng.normal(0, 5, (240, 200, 3))
    picture = np.clip(np.where(shirt()[..., None] > 0, cloth, ground), 0, 255).astype(np.uint8)
    found = find_garment(picture)
    assert found.background is None
    assert overlap(found.mask, shirt()) > 0.9
    np.testing.assert_array_equal(found.mask, find_garment(picture).mask)  # always the same mask


def test_a_garment_that_touches_the_edges() -> None:
    mask = np.zeros((120, 120), np.uint8)
    mask[:, 20:100] = 1
    found = find_garment(painted(mask, (20, 20, 20), (250, 250, 250)))
    assert overlap(found.mask, mask) > 0.99


def test_prints_that_look_like_the_background_stay_inside() -> None:
    mask = shirt()
    picture = painted(mask, (30, 30, 30), (255, 255, 255))
    picture[100:140, 80:120] = 255
    assert overlap(find_garment(picture).mask, mask) > 0.99
    ring = np.ones((9, 9), np.uint8)
    ring[2:7, 3:6] = 0
    assert fill_holes(ring).all()
    ring[4, :3] = 0
    assert fill_holes(ring).sum() < 81


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (28, 28), (300, 20)])
def test_a_picture_without_a_garment(size: tuple[int, int]) -> None:
    found = find_garment(np.full((*size, 3), 77, np.uint8))
    assert not found.found
    assert found.mask.all()


@settings(max_examples=60)
@given(
    st_numpy.arrays(
        np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)), elements=st.integers(0, 255)
    )
)
def test_any_picture_has_a_mask(picture: NDArray[np.uint8]) -> None:
    found = find_garment(picture)
    assert found.mask.shape == picture.shape[:2]
    assert found.mask.any()
    assert set(np.unique(found.mask)) <= {0, 1}
