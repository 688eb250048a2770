"""The card of a `/predict` answer."""

import io
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from trainer.confidence.nearest import Neighbours
from trainer.language import LANGUAGES, Language
from trainer.photo.seen import Seen
from trainer.photo.style import to_dataset_style
from trainer.plots.strip import draw_seen
from trainer.steps.predict import Prediction

RED, BLUE, AMBER, ORANGE = (200, 54, 45), (31, 111, 181), (255, 232, 163), (255, 122, 0)


def prediction(*, far: bool = False, dataset: str = "fashion-mnist") -> Prediction:
    shares = np.array([0.02, 0, 0, 0, 0, 0.1, 0, 0, 0.03, 0.85], np.float32)
    return Prediction(shares, 9, 0.85, ("bright",) if far else (), dataset)


@pytest.fixture(scope="module")
def seen() -> Seen:
    page = Image.new("RGB", (300, 400), "white")
    page.paste((20, 60, 40), (60, 100, 240, 330))
    stream = io.BytesIO()
    page.save(stream, "PNG")
    return to_dataset_style(stream.getvalue())


def count(png: bytes, colour: tuple[int, int, int]) -> int:
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    return int((pixels == colour).all(axis=2).sum())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card(seen: Seen, language: Language) -> None:
    png = draw_seen(seen, prediction(), language)
    card = Image.open(io.BytesIO(png))
    assert card.mode == "RGBA"
    assert card.width == 1200
    assert np.asarray(card)[0, 0, 3] == 0  # round corners are transparent
    assert np.asarray(card)[200, 600, 3] == 255
    assert card.height < card.width  # chats show a picture that is wider than high at full width
    assert len(png) < 400_000
    assert count(png, BLUE) > 2000
    assert count(png, ORANGE) > 300  # the outline of the garment
    assert count(png, RED) == count(png, AMBER) == 0


def test_the_stages_are_side_by_side(seen: Seen) -> None:
    """The picture as uploaded, the garment cut out, and each of the 28 x 28 pixels."""
    assert seen.mask is not None
    card = np.asarray(Image.open(io.BytesIO(draw_seen(seen, prediction(), "en"))).convert("RGB"))
    stages = card[70 : 70 + 336]
    np.testing.assert_array_equal(stages[6::12, 832 + 6 : 832 + 336 : 12, 0], seen.pixels)
    original, cut_out = stages[:, 32 : 32 + 336], stages[:, 432 : 432 + 336]
    garment, orange = (20, 60, 40), (cut_out == ORANGE).all(axis=2)
    assert orange.sum() > 300
    assert not (original == ORANGE).all(axis=2).any()
    for stage in (original, cut_out):
        assert (stage == garment).all(axis=2).mean() == pytest.approx(180 * 230 / 400**2, abs=0.02)
    rows, columns = np.nonzero(orange)
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert height / width == pytest.approx(230 / 180, abs=0.05)


def test_a_picture_without_a_mask_has_no_outline(seen: Seen) -> None:
    whole = Seen(seen.pixels, seen.original, None, ("whole", "fitted"))
    assert count(draw_seen(whole, prediction(), "en"), ORANGE) == 0


def test_the_nearest_training_images_are_below(seen: Seen) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5, 28, 28)).astype(np.uint8)
    without = Image.open(io.BytesIO(draw_seen(seen, prediction(), "en")))
    for language in LANGUAGES:
        near = replace(prediction(), nearest=Neighbours(images, np.array([9, 9, 7, 5, 9], np.uint8)))
        card = Image.open(io.BytesIO(draw_seen(seen, near, language)))
        assert without.height < card.height < card.width
        gray = np.asarray(card.convert("RGB"))[..., 0]
        top = without.height - 26 + 70  # without the foot of 26 pixels, and below the heading
        for place, image in enumerate(images):
            left = 32 + place * 242
            np.testing.assert_array_equal(gray[top + 3 : top + 168 : 6, left + 3 : left + 168 : 6], image)
            assert (gray[top + 168 + 8 : card.height - 8, left : left + 168] < 128).any()  # its class name


def test_what_is_far_is_red(seen: Seen) -> None:
    png = draw_seen(seen, prediction(far=True), "en")
    assert count(png, RED) > 2000
    assert count(png, BLUE) == 0


def test_the_practice_set_is_named(seen: Seen) -> None:
    assert count(draw_seen(seen, prediction(dataset="practice"), "zh-CN"), AMBER) > 1000


@pytest.mark.parametrize("shape", [(1, 1), (28, 28), (256, 3), (3, 256), (192, 256)])
def test_originals_of_any_shape(shape: tuple[int, int]) -> None:
    original = np.full((*shape, 3), 130, np.uint8)
    for mask in (None, np.ones(shape, np.uint8)):
        strange = Seen(np.zeros((28, 28), np.uint8), original, mask, ("whole", "fitted"))
        assert Image.open(io.BytesIO(draw_seen(strange, prediction(), "en"))).width == 1200


def test_it_is_quick(seen: Seen) -> None:
    """The quickest of ten: what else the machine does can only lengthen one."""

    def drawing_s() -> float:
        began = time.process_time()
        draw_seen(seen, prediction(), "en")
        return time.process_time() - began

    assert min(drawing_s() for _ in range(10)) < 0.06


def test_it_needs_no_matplotlib() -> None:
    script = "import sys, trainer.plots.strip; assert not {'matplotlib', 'tensorflow', 'cv2'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
