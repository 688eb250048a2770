"""All photographs of one folder on one picture: original, cut out, what the network saw, and its answer."""

from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw

from trainer.cli.photos import GARMENTS, Photo
from trainer.language import Language, class_name
from trainer.plots.card import font
from trainer.plots.colours import BLUE, MUTED, RED, TEXT
from trainer.plots.strip import cut_out

_ACROSS: Final = 4
_SIDE: Final = 112  # four for each of the network's pixels
_GAP: Final = 8
_TEXT: Final = 56
_TILE: Final = (3 * _SIDE + 4 * _GAP, _SIDE + _TEXT + _GAP)


def draw_sheet(photos: Sequence[Photo], language: Language) -> Image.Image:
    """Four photographs in a row; the answer is blue if right, red if wrong, gray where no class is right."""
    rows = -(-len(photos) // _ACROSS)
    sheet = Image.new("RGB", (_ACROSS * _TILE[0], rows * _TILE[1]), "white")
    for place, photo in enumerate(photos):
        row, column = divmod(place, _ACROSS)
        _draw_tile(sheet, photo, language, column * _TILE[0] + _GAP, row * _TILE[1] + _GAP)
    return sheet


def _draw_tile(sheet: Image.Image, photo: Photo, language: Language, left: int, top: int) -> None:
    original = Image.fromarray(photo.seen.original)
    original.thumbnail((_SIDE, _SIDE))
    garment = cut_out(photo.seen, _SIDE)
    pixels = Image.fromarray(photo.seen.pixels).resize((_SIDE, _SIDE), Image.Resampling.NEAREST)
    for place, picture in enumerate((original, garment, pixels)):
        sheet.paste(picture, (left + place * (_SIDE + _GAP), top))
    draw, answer = ImageDraw.Draw(sheet), photo.prediction
    judged = photo.folder in GARMENTS or photo.folder == "shoes"
    ink = (BLUE if photo.lenient else RED) if judged else TEXT
    text = f"{class_name(language, answer.label)} {100 * answer.confidence:.1f} %"
    draw.text((left, top + _SIDE + 4), text, ink, font(20))
    draw.text((left, top + _SIDE + 30), photo.path.name[:40], MUTED, font(15))
