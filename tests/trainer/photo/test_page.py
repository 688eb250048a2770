"""Long screenshots of shops' pages: the garment on them, or a sentence."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from trainer.errors import PictureError
from trainer.language import LANGUAGES
from trainer.photo.style import to_dataset_style

WIDTH = 1080
GARMENT = [(180, 0), (520, 0), (700, 260), (560, 320), (540, 700), (160, 700), (140, 320), (0, 260)]  # 700 x 700


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def text_page(height: int, colour: str = "white") -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A red bar and lines of text."""
    page = Image.new("RGB", (WIDTH, height), colour)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, WIDTH, 160), "firebrick")
    for top in range(220, height - 60, 64):
        draw.text((40, top), "soft cotton, washable at 30 degrees, sizes S M L XL", "dimgray", font_size=34)
    return page, draw


def shop_page(height: int, top: int, *, colour: str = "white", studio: str | None = None) -> Image.Image:
    """With a garment 700 pixels wide at `top`, and three small ones below."""
    page, draw = text_page(height, colour)
    draw.rectangle((0, top - 60, WIDTH, top + 1200), colour)
    if studio is not None:
        draw.rectangle((40, top - 40, WIDTH - 40, top + 740), studio)
    draw.polygon([(x + 190, y + top) for x, y in GARMENT], "navy")
    for left in (60, 400, 740):
        draw.polygon([(left + x * 0.35, top + 850 + y * 0.35) for x, y in GARMENT], "darkgreen")
    return page


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize(
    ("height", "top", "options"),
    [
        (3_000, 400, {}),
        (12_000, 9_000, {"colour": "whitesmoke"}),
        (12_000, 600, {"studio": "lightgray"}),
        (30_000, 27_000, {}),
        (30_000, 14_000, {"colour": "black"}),
    ],
)
def test_the_garment_on_a_long_page(kind: str, height: int, top: int, options: dict[str, str]) -> None:
    page = shop_page(height, top, **options)
    seen = to_dataset_style(encoded(page, kind))
    assert "page" in seen.operations
    assert "whole" not in seen.operations
    assert seen.mask is not None
    inside = seen.original[seen.mask > 0].astype(int)
    assert (np.abs(inside - (0, 0, 128)).max(axis=1) < 60).mean() > 0.8, "it is the large garment"
    alone = Image.new("RGB", (900, 900), "white")
    ImageDraw.Draw(alone).polygon([(x + 100, y + 100) for x, y in GARMENT], "navy")
    expected = to_dataset_style(encoded(alone)).pixels > 0
    found = seen.pixels > 0
    assert (expected & found).sum() / (expected | found).sum() > 0.85


def test_a_page_that_is_wide_instead() -> None:
    page = shop_page(30_000, 20_000).transpose(Image.Transpose.ROTATE_90)
    seen = to_dataset_style(encoded(page, "JPEG"))
    assert "page" in seen.operations
    assert seen.mask is not None


@pytest.mark.parametrize("height", [6_000, 30_000])
def test_a_page_of_text_has_no_garment(height: int) -> None:
    with pytest.raises(PictureError) as raised:
        to_dataset_style(encoded(text_page(height)[0]))
    assert raised.value.key == "picture_no_garment"
    for language in LANGUAGES:
        assert str(height) in raised.value.sentence(language)


@pytest.mark.parametrize("shape", [(1, 10_000), (10_000, 1), (30, 30_000), (3, 400)])
def test_lines_have_no_garment(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (*shape, 3), np.uint8)
    with pytest.raises(PictureError) as raised:
        to_dataset_style(encoded(Image.fromarray(noise)))
    assert raised.value.key == "picture_no_garment"


@pytest.mark.parametrize("background", ["white", "busy"])
def test_a_narrow_picture_of_one_garment_is_no_page(background: str) -> None:
    """Trousers, 2.7 times as long as wide."""
    size = (300, 800)
    picture = Image.new("RGB", size, "white")
    if background == "busy":
        picture = Image.fromarray(np.random.default_rng(1).integers(90, 200, (*size[::-1], 3), np.uint8))
    ImageDraw.Draw(picture).polygon([(60, 40), (240, 40), (250, 770), (170, 770), (150, 300), (130, 770), (50, 770)], 0)
    seen = to_dataset_style(encoded(picture))
    assert "whole" not in seen.operations
    assert seen.mask is not None
    rows = np.flatnonzero(seen.mask.any(axis=1))
    assert (rows[-1] - rows[0]) / len(seen.mask) > 0.8
