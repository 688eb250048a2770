"""A white card to draw on with Pillow: rows of pictures, bars and text, drawn in a few hundredths of a second.

Its round corners are transparent, because chats are dark or light. A phone shows it at a third of its width, so text is
at least 24 pixels high. Places and sizes are pixels from the top left corner.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from trainer.plots.colours import EDGE, FAINT, MUTED, TEXT

WIDTH: Final = 1200
MARGIN: Final = 32
INNER: Final = WIDTH - 2 * MARGIN
HEAD: Final = 70  # height of a row's heading
SIDE: Final = 336  # of a large picture: 12 for each of 28 pixels
GAP: Final = (INNER - 3 * SIDE) // 2
LEFTS: Final = tuple(MARGIN + number * (SIDE + GAP) for number in range(3))  # of three large pictures in a row
STEP: Final = 48  # from one bar to the next
COLUMN: Final = (INNER - GAP) // 2  # width of one of two columns of bars
_FOOT: Final = 26


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Noto Sans SC, which has Latin and Chinese letters, `size` pixels high."""
    return ImageFont.truetype(str(sans_path()), size)


class Card:
    """The card while it is drawn: `image`, and `draw` for shapes."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (WIDTH, height), "white")
        self.draw = ImageDraw.Draw(self.image)

    def write(
        self, at: tuple[float, float], text: str, size: int = 26, colour: str = TEXT, *, anchor: str = "lm"
    ) -> None:
        """A line of text; `anchor` is Pillow's, e.g. lm: `at` is the middle of the left edge."""
        self.draw.text(at, text, colour, font(size), anchor=anchor)

    def heading(self, top: int, text: str, left: int = MARGIN) -> None:
        """The heading of a row that begins at `top`."""
        self.write((left, top + HEAD / 2 + 4), text, 28)

    def label(self, text: str, right: tuple[float, float], fill: str, colour: str) -> float:
        """A text on a coloured ground that ends at the point `right`; returns its left edge."""
        x, y = right
        left = x - font(24).getlength(text) - 28
        self.draw.rounded_rectangle((left, y - 22, x, y + 22), 11, fill=fill)
        self.write((x - 14, y), text, 24, colour, anchor="rm")
        return left

    def paste(self, picture: Image.Image, left: int, top: int) -> None:
        """A picture with a thin line around it."""
        self.image.paste(picture, (left, top))
        edge = (left - 1, top - 1, left + picture.width, top + picture.height)
        self.draw.rectangle(edge, outline=EDGE)

    def pixels(self, values: NDArray[np.uint8], left: int, top: int, scale: int) -> None:
        """uint8[h, w] or uint8[h, w, 3], each pixel a square of `scale` pixels."""
        picture = Image.fromarray(values)
        size = picture.width * scale, picture.height * scale
        self.paste(picture.resize(size, Image.Resampling.NEAREST), left, top)

    def bar(self, left: float, right: float, top: float, share: float, colour: str) -> None:
        """A horizontal bar in a line of STEP pixels that begins at `top`, filled from the left to `share`."""
        bottom = top + STEP - 9
        self.draw.rectangle((left, top + 8, right, bottom), fill=FAINT)
        if (length := (right - left) * share) >= 1:
            self.draw.rectangle((left, top + 8, left + length, bottom), fill=colour)

    def arrow(self, left: float, y: float, length: float) -> None:
        """An arrow to the right."""
        tip = left + length
        self.draw.line((left, y, tip - 8, y), fill=MUTED, width=5)
        self.draw.polygon(((tip, y), (tip - 16, y - 11), (tip - 16, y + 11)), fill=MUTED)


@dataclass(frozen=True)
class Row:
    """A row of a card: its height, and a function that draws it, given the card and the top of the row."""

    height: int
    draw: Callable[[Card, int], None]


def ten_lines(top: int) -> Iterator[tuple[int, int, int]]:
    """Class, left edge and top of ten lines in two columns of five, below a heading at `top`."""
    for label in range(10):
        column, row = divmod(label, 5)
        yield label, MARGIN + column * (COLUMN + GAP), top + HEAD + row * STEP


def stack(rows: Sequence[Row]) -> bytes:
    """The PNG of a card with these rows from top to bottom."""
    card, top = Card(sum(row.height for row in rows) + _FOOT), 0
    for row in rows:
        row.draw(card, top)
        top += row.height
    return _png(card.image)


def fitted(picture: Image.Image, side: int) -> Image.Image:
    """The picture resized to a longest side of `side`; pixels of a small picture stay sharp."""
    factor = side / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    smooth = Image.Resampling.NEAREST if factor > 4 else Image.Resampling.BICUBIC  # noqa: PLR2004
    return picture.resize(size, smooth)


def _png(card: Image.Image) -> bytes:
    """The PNG of a card with round, transparent corners."""
    corners = Image.new("L", card.size, 0)
    edge = (0, 0, card.width - 1, card.height - 1)
    ImageDraw.Draw(corners).rounded_rectangle(edge, 22, fill=255)
    ImageDraw.Draw(card).rounded_rectangle(edge, 22, outline=EDGE, width=2)
    card.putalpha(corners)
    stream = io.BytesIO()
    card.save(stream, "PNG", compress_level=3)  # twice as fast as the default, a quarter larger
    return stream.getvalue()
