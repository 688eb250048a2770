"""A white card to draw on with Pillow, in a few hundredths of a second: rows of pictures, bars and figures.

Its corners are round and see-through, so that it stands on dark and on light chats alike. It is shown at a third of its
width on a phone: nothing is written smaller than 24 pixels.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from trainer.plots.font import font_path

WIDTH: Final = 1200
MARGIN: Final = 32
ROOM: Final = WIDTH - 2 * MARGIN
HEAD: Final = 70  # what a row's heading takes above its pictures
_FOOT: Final = 26
INK: Final = (31, 41, 51)
SOFT: Final = (97, 110, 124)
LINE: Final = (203, 210, 217)
FAINT: Final = (237, 240, 243)
BLUE: Final = (31, 111, 181)
RED: Final = (200, 54, 45)
ORANGE: Final = (255, 122, 0)
GRAY: Final = (119, 119, 119)
AMBER: Final = (255, 232, 163)

Colour = tuple[int, int, int]


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """The one font, `size` pixels high."""
    return ImageFont.truetype(str(font_path()), size)


class Card:
    """The surface: `image` and what draws on it."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (WIDTH, height), "white")
        self.draw = ImageDraw.Draw(self.image)

    def write(
        self, at: tuple[float, float], text: str, size: int = 26, ink: Colour = INK, *, anchor: str = "lm"
    ) -> None:
        """A line of text; `anchor` as Pillow names it: lm is the middle of its left edge."""
        self.draw.text(at, text, ink, font(size), anchor=anchor)

    def label(self, text: str, right: tuple[float, float], fill: Colour, ink: Colour) -> float:
        """A text on a coloured ground that ends at the point `right`; returns where it begins."""
        x, y = right
        begin = x - font(24).getlength(text) - 28
        self.draw.rounded_rectangle((begin, y - 22, x, y + 22), 11, fill=fill)
        self.write((x - 14, y), text, 24, ink, anchor="rm")
        return begin

    def paste(self, picture: Image.Image, left: int, top: int) -> None:
        """A picture with a thin line around it."""
        self.image.paste(picture, (left, top))
        edge = (left - 1, top - 1, left + picture.width, top + picture.height)
        self.draw.rectangle(edge, outline=LINE)

    def pixels(self, values: NDArray[np.uint8], left: int, top: int, scale: int) -> None:
        """uint8[h, w] or uint8[h, w, 3], every pixel a square of `scale` pixels."""
        picture = Image.fromarray(values)
        size = picture.width * scale, picture.height * scale
        self.paste(picture.resize(size, Image.Resampling.NEAREST), left, top)

    def bar(self, box: tuple[float, float, float, float], share: float, colour: Colour) -> None:
        """A lying bar, filled from the left to `share` of its box (left, top, right, bottom)."""
        left, top, right, bottom = box
        self.draw.rectangle(box, fill=FAINT)
        if (length := (right - left) * share) >= 1:
            self.draw.rectangle((left, top, left + length, bottom), fill=colour)

    def arrow(self, left: float, y: float, length: float) -> None:
        """An arrow to the right."""
        tip = left + length
        self.draw.line((left, y, tip - 8, y), fill=SOFT, width=5)
        self.draw.polygon(((tip, y), (tip - 16, y - 11), (tip - 16, y + 11)), fill=SOFT)


@dataclass(frozen=True)
class Row:
    """A band across the card: `height` pixels, and what draws it, given the line where it begins."""

    height: int
    draw: Callable[[Card, int], None]


def stack(rows: Sequence[Row]) -> bytes:
    """The PNG of a card with these rows from top to bottom."""
    card, top = Card(sum(row.height for row in rows) + _FOOT), 0
    for row in rows:
        row.draw(card, top)
        top += row.height
    return _finished(card.image)


def fitted(picture: Image.Image, side: int) -> Image.Image:
    """The picture brought to a longest side of `side`; a small one keeps its sharp pixels."""
    factor = side / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    smooth = Image.Resampling.NEAREST if factor > 4 else Image.Resampling.BICUBIC  # noqa: PLR2004
    return picture.resize(size, smooth)


def _finished(card: Image.Image) -> bytes:
    corners = Image.new("L", card.size, 0)
    edge = (0, 0, card.width - 1, card.height - 1)
    ImageDraw.Draw(corners).rounded_rectangle(edge, 22, fill=255)
    ImageDraw.Draw(card).rounded_rectangle(edge, 22, outline=LINE, width=2)
    card.putalpha(corners)
    stream = io.BytesIO()
    card.save(stream, "PNG", compress_level=3)  # twice as quick as the default, a quarter larger
    return stream.getvalue()
