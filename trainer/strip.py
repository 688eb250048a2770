"""The picture of a `/predict` answer: what was uploaded, what the network saw of it, and its ten answers."""

import io
from functools import cache
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from trainer.font import font_path
from trainer.language import Language, class_name, sentences
from trainer.predict import Prediction
from trainer.seen import Seen

_SIDE: Final = 336  # pixels; twelve for each of the network's 28
_GAP: Final = 24
_HEAD: Final = 44
_BARS: Final = 430
_NAMES: Final = 150  # width of the class names
_PAPER: Final = (255, 255, 255)
_INK: Final = (34, 34, 34)
_GRAY: Final = (190, 190, 190)
_BLUE: Final = (31, 111, 181)
_RED: Final = (200, 54, 45)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_path()), size)


def draw_seen(seen: Seen, prediction: Prediction, language: Language) -> bytes:
    """The PNG strip: original with the garment standing out, the 28 x 28 pixels, ten bars. Pillow draws it quickly."""
    say = sentences()
    width = 2 * _SIDE + _BARS + 4 * _GAP
    canvas = Image.new("RGB", (width, _HEAD + _SIDE + _GAP), _PAPER)
    draw = ImageDraw.Draw(canvas)
    columns = (_GAP, 2 * _GAP + _SIDE, 3 * _GAP + 2 * _SIDE)
    for x, key in zip(columns, ("uploaded", "network", "answers"), strict=True):
        draw.text((x, 12), say(language, f"strip.{key}"), _INK, _font(19))
    _paste(canvas, _outlined(seen), columns[0])
    pixels = Image.fromarray(seen.pixels).resize((_SIDE, _SIDE), Image.Resampling.NEAREST)
    canvas.paste(pixels.convert("RGB"), (columns[1], _HEAD))
    for x in columns[:2]:
        draw.rectangle((x - 1, _HEAD - 1, x + _SIDE, _HEAD + _SIDE), outline=_GRAY)
    step = _SIDE / 10
    room = _BARS - _NAMES - 70
    for label, share in enumerate(prediction.probabilities):
        y = _HEAD + label * step
        colour = (_RED if prediction.far else _BLUE) if label == prediction.label else _GRAY
        draw.text((columns[2], y + step / 2), class_name(language, label), _INK, _font(18), anchor="lm")
        left = columns[2] + _NAMES
        draw.rectangle((left, y + 6, left + max(1, room * float(share)), y + step - 6), fill=colour)
        text = f"{100 * share:.1f} %"
        draw.text((left + room * float(share) + 8, y + step / 2), text, _INK, _font(16), anchor="lm")
    stream = io.BytesIO()
    canvas.save(stream, "PNG")
    return stream.getvalue()


def _outlined(seen: Seen) -> Image.Image:
    """The original; where a garment was cut out, the rest is pale."""
    original = seen.original.astype(np.float32)
    if seen.mask is not None:
        outside = seen.mask[..., None] == 0
        original = np.where(outside, 255 - (255 - original) * 0.3, original)
    return Image.fromarray(original.astype(np.uint8))


def _paste(canvas: Image.Image, image: Image.Image, x: int) -> None:
    factor = _SIDE / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    enlarged = image.resize(size, Image.Resampling.NEAREST if factor > 4 else Image.Resampling.BICUBIC)  # noqa: PLR2004
    canvas.paste(enlarged, (x + (_SIDE - size[0]) // 2, _HEAD + (_SIDE - size[1]) // 2))
