"""The picture of a `/predict` answer: what was uploaded, what the network saw of it, and its ten answers.

Pillow draws it, in a few hundredths of a second. It is a white card with round, see-through corners, so that it stands
on dark and on light chats alike.
"""

import io
from functools import cache
from typing import Any, Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from trainer.font import font_path
from trainer.language import Language, class_name, sentences
from trainer.predict import Prediction
from trainer.seen import Seen

_WIDTH: Final = 1200
_MARGIN: Final = 32
_HEAD: Final = 78
_SIDE: Final = 336  # twelve for each of the network's 28 pixels
_FOOT: Final = 32
_NAMES: Final = 136  # width of the class names
_FIGURES: Final = 92  # and of the percentages
_INK: Final = (31, 41, 51)
_SOFT: Final = (97, 110, 124)
_LINE: Final = (203, 210, 217)
_FAINT: Final = (237, 240, 243)
_BLUE: Final = (31, 111, 181)
_RED: Final = (200, 54, 45)
_ORANGE: Final = (255, 122, 0)
_GRAY: Final = (119, 119, 119)
_AMBER: Final = (255, 232, 163)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_path()), size)


def draw_seen(seen: Seen, prediction: Prediction, language: Language) -> bytes:
    """The PNG strip: original with the garment outlined, the 28 x 28 pixels, ten bars with names and percentages."""
    say = sentences()
    practice = prediction.dataset == "practice"
    bottom = _HEAD + _SIDE + _FOOT + (34 if practice else 0)
    card = Image.new("RGB", (_WIDTH, bottom), "white")
    draw = ImageDraw.Draw(card)
    gap = 28
    columns = (_MARGIN, _MARGIN + _SIDE + gap, _MARGIN + 2 * (_SIDE + gap))
    for x, key in zip(columns, ("uploaded", "network", "answers"), strict=True):
        draw.text((x, _HEAD / 2 + 4), say(language, f"strip.{key}"), _INK, _font(26), anchor="lm")
    _paste_original(card, seen, columns[0])
    pixels = Image.fromarray(seen.pixels).resize((_SIDE, _SIDE), Image.Resampling.NEAREST)
    card.paste(pixels, (columns[1], _HEAD))
    _draw_bars(draw, prediction, language, columns[2])
    if prediction.far:
        _draw_label(draw, say(language, "strip.far"), (_WIDTH - _MARGIN, _HEAD // 2 + 4), _RED, "white")
    if practice:
        _draw_label(draw, say(language, "strip.practice"), (_WIDTH - _MARGIN, bottom - 32), _AMBER, _INK)
    return _as_card(card)


def _paste_original(card: Image.Image, seen: Seen, x: int) -> None:
    """The uploaded picture fitted into its square; what was cut away is pale, the garment has an outline."""
    original = Image.fromarray(seen.original)
    factor = _SIDE / max(original.size)
    size = (max(1, round(original.width * factor)), max(1, round(original.height * factor)))
    smooth = Image.Resampling.NEAREST if factor > 4 else Image.Resampling.BICUBIC  # noqa: PLR2004 pixels stay visible
    shown = original.resize(size, smooth)
    if seen.mask is not None:
        mask = Image.fromarray(seen.mask * np.uint8(255)).resize(size, Image.Resampling.BILINEAR)
        mask = mask.point([0] * 128 + [255] * 128)
        shown = Image.composite(shown, Image.blend(shown, Image.new("RGB", size, "white"), 0.65), mask)
        edge = ImageChops.difference(mask.filter(ImageFilter.MaxFilter(5)), mask)
        shown.paste(_ORANGE, (0, 0), edge)
    left, top = x + (_SIDE - size[0]) // 2, _HEAD + (_SIDE - size[1]) // 2
    card.paste(shown, (left, top))
    ImageDraw.Draw(card).rectangle((left - 1, top - 1, left + size[0], top + size[1]), outline=_LINE)


def _draw_bars(draw: ImageDraw.ImageDraw, prediction: Prediction, language: Language, left: int) -> None:
    step = _SIDE / 10
    start, room = left + _NAMES, _WIDTH - _MARGIN - _FIGURES - left - _NAMES
    for label, share in enumerate(prediction.probabilities):
        top, middle = _HEAD + label * step, _HEAD + (label + 0.5) * step
        answer = label == prediction.label
        colour = (_RED if prediction.far else _BLUE) if answer else _GRAY
        letters = colour if answer else _INK
        draw.text((start - 12, middle), class_name(language, label), letters, _font(24), anchor="rm")
        draw.rectangle((start, top + 7, start + room, top + step - 8), fill=_FAINT)
        if (length := room * float(share)) >= 1:
            draw.rectangle((start, top + 7, start + length, top + step - 8), fill=colour)
        draw.text((_WIDTH - _MARGIN, middle), f"{100 * float(share):.1f} %", letters, _font(22), anchor="rm")


def _draw_label(draw: ImageDraw.ImageDraw, text: str, right: tuple[int, int], fill: Any, ink: Any) -> None:
    """A text on a coloured ground that ends at the point `right`."""
    x, y = right
    width = draw.textlength(text, _font(21))
    draw.rounded_rectangle((x - width - 24, y - 19, x, y + 19), 10, fill=fill)
    draw.text((x - 12, y), text, ink, _font(21), anchor="rm")


def _as_card(card: Image.Image) -> bytes:
    corners = Image.new("L", card.size, 0)
    edge = (0, 0, card.width - 1, card.height - 1)
    ImageDraw.Draw(corners).rounded_rectangle(edge, 22, fill=255)
    ImageDraw.Draw(card).rounded_rectangle(edge, 22, outline=_LINE, width=2)
    card.putalpha(corners)
    stream = io.BytesIO()
    card.save(stream, "PNG", compress_level=3)  # twice as quick as the default, a quarter larger
    return stream.getvalue()
