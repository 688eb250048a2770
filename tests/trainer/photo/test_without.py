"""A stage of the preprocessing left out, and nothing else changed."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from trainer.data.dataset import Dataset
from trainer.data.fashion_mnist import load_folder
from trainer.photo.seen import OPERATIONS, STAGES, Seen, Stage
from trainer.photo.style import to_dataset_style
from trainer.photo.without import without
from trainer.steps.explore import mean_images, nearest_mean


def png(page: Image.Image) -> bytes:
    stream = io.BytesIO()
    page.save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def shirt() -> bytes:
    """112 x 224, on white: dark, its right half less so, with sleeves."""
    page = Image.new("RGB", (112, 224), "white")
    page.paste((20, 20, 20), (16, 56, 96, 88))
    page.paste((20, 20, 20), (32, 56, 56, 168))
    page.paste((90, 90, 90), (56, 56, 80, 168))
    return png(page)


def test_without_cutting_out_the_whole_picture_is_squeezed(shirt: bytes) -> None:
    seen = without(to_dataset_style(shirt), frozenset({"cutting-out"}))
    assert seen.operations == ("inverted", "squeezed")
    assert seen.mask is None
    assert seen.stages == ("inverting",)
    assert seen.pixels[0, 0] == 0  # inverted, as in the full preprocessing
    assert seen.pixels[14, 10] == 255 - 20
    assert seen.pixels[14, 17] == 255 - 90
    rows, columns = np.nonzero(seen.pixels > 100)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (14, 20)  # of 112 x 80: its proportions are not kept


def test_without_inverting_light_stays_light(shirt: bytes) -> None:
    whole = to_dataset_style(shirt)
    seen = without(to_dataset_style(shirt), frozenset({"inverting"}))
    np.testing.assert_array_equal(seen.pixels, 255 - whole.pixels)
    assert seen.pixels[0, 0] == 255
    assert seen.pixels[14, 11] < seen.pixels[14, 17]
    assert set(whole.operations) - set(seen.operations) == {"inverted"}
    np.testing.assert_array_equal(seen.mask, whole.mask)


def test_without_both_the_picture_is_only_resized(shirt: bytes) -> None:
    seen = without(to_dataset_style(shirt), frozenset(STAGES))
    simple = Image.open(io.BytesIO(shirt)).convert("L").resize((28, 28), Image.Resampling.BOX)
    np.testing.assert_array_equal(seen.pixels, np.asarray(simple))
    assert seen.stages == ()


def bed_sheet() -> bytes:
    """A blue shirt with a bright print before coloured stripes; by its colours alone one cut-out is another."""
    page = np.random.default_rng(1).normal(0, 6, (300, 240, 3)) + np.array([200, 170, 120])
    page[:, ::24] -= 40
    page[60:250, 60:180] = (30, 40, 90)
    page[60:110, 20:220] = (190, 165, 125)
    return png(Image.fromarray(page.clip(0, 255).astype(np.uint8)))


def test_without_the_first_cut_out_the_other_one_is_used() -> None:
    first = to_dataset_style(bed_sheet())
    second = first.second
    assert second is not None
    assert "other_cut" in second.operations
    assert "cut_out" not in second.operations
    line = np.zeros(first.original.shape[:2], np.uint8)
    line[:, 100] = 1
    first = replace(first, second=replace(second, mask=line))
    assert first.stages == ("first-cut", "cutting-out", "inverting")
    other = without(first, {"first-cut"})
    assert first.second is not None
    np.testing.assert_array_equal(other.views, first.second.views)
    assert other.second is not None
    np.testing.assert_array_equal(other.second.views, first.views)
    assert other.agreement == first.agreement
    assert other.stages == ("cutting-out", "inverting")
    dark = without(first, {"first-cut", "inverting"})
    assert dark.second is not None
    np.testing.assert_array_equal(dark.second.views, 255 - first.views)
    assert without(first, {"cutting-out"}).second is None
    assert without(first, {"cutting-out", "first-cut"}).operations == ("inverted", "squeezed")


def test_cut_outs_that_are_the_same_are_one_stage(shirt: bytes) -> None:
    seen = to_dataset_style(shirt)
    assert seen.second is not None
    assert seen.agreement > 0.9
    assert seen.stages == ("cutting-out", "inverting")


def test_an_image_of_the_data_set_has_nothing_to_leave_out(practice: Dataset) -> None:
    seen = without(to_dataset_style(png(Image.fromarray(practice.test_images[0]))), frozenset(STAGES))
    assert seen.stages == ()
    np.testing.assert_array_equal(seen.pixels, practice.test_images[0])


@settings(max_examples=50)
@given(
    operations=st.lists(st.sampled_from(OPERATIONS), unique=True).map(
        lambda names: sorted(names, key=OPERATIONS.index)
    ),
    masked=st.booleans(),
    views=st.integers(0, 3),
    left_out=st.sets(st.sampled_from(STAGES)),
)
def test_only_a_stage_that_did_something_can_be_left_out(
    operations: list[str], masked: bool, views: int, left_out: set[Stage]
) -> None:
    draw = np.random.default_rng(len(operations))
    mask = np.ones((40, 30), np.uint8) if masked else None
    original, others = draw.integers(0, 256, (40, 30, 3), np.uint8), draw.integers(0, 256, (views, 28, 28), np.uint8)
    pixels = draw.integers(0, 256, (28, 28), np.uint8)
    half = np.vstack([np.ones((20, 30), np.uint8), np.zeros((20, 30), np.uint8)])
    second = Seen(255 - pixels, original, half, ("other_cut", *(("inverted",) if "inverted" in operations else ())))
    seen = Seen(pixels, original, mask, tuple(operations), others, second)
    left = without(seen, left_out)
    gone = left_out | ({"first-cut"} if "cutting-out" in left_out else set())
    assert left.stages == tuple(stage for stage in seen.stages if stage not in gone)
    assert list(left.operations) == sorted(left.operations, key=OPERATIONS.index)
    assert left.pixels.shape == (28, 28)
    assert left.pixels.dtype == np.uint8
    assert (left.mask is None) == (mask is None or "cutting-out" in left_out)
    if not left_out & set(seen.stages):
        np.testing.assert_array_equal(left.views, seen.views)


def test_images_that_are_not_inverted_are_not_recognised(real_data: Path) -> None:
    """Shown without a network: the nearest mean image is right for 6 of 10, and hardly any without inverting."""
    dataset = load_folder(real_data)
    means = mean_images(dataset.train_images[::6], dataset.train_labels[::6])
    images, labels = dataset.test_images[:300], dataset.test_labels[:300]
    pages = (png(Image.fromarray(255 - pixels).resize((280, 280), Image.Resampling.BICUBIC)) for pixels in images)
    seen = [to_dataset_style(page) for page in pages]
    whole, inverted = (
        np.stack([without(one, stages).pixels for one in seen])
        for stages in (frozenset[Stage](), frozenset[Stage]({"inverting"}))
    )
    assert (nearest_mean(whole, means) == labels).mean() > 0.6
    assert (nearest_mean(inverted, means) == labels).mean() < 0.2
