"""The picture of a `/predict` answer: what was uploaded, what was cut out, what the network saw, and its ten answers.

Rows of a card (see `card`): one more is one more entry of `stack`.
"""

from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from trainer.confidence.nearest import SHOWN, Neighbours
from trainer.language import Language, class_name, sentences
from trainer.photo.seen import Seen
from trainer.plots.card import (
    AMBER,
    BLUE,
    FAINT,
    GRAY,
    HEAD,
    INK,
    MARGIN,
    ORANGE,
    RED,
    ROOM,
    WIDTH,
    Card,
    Row,
    fitted,
    stack,
)
from trainer.steps.predict import Prediction

_SIDE: Final = 336  # twelve for each of the network's 28 pixels
_GAP: Final = (ROOM - 3 * _SIDE) // 2
_NEAREST_SCALE: Final = 6
_STEP: Final = 48  # from one bar to the next
_NAMES: Final = 154  # width of the class names
_FIGURES: Final = 108  # and of the percentages
_SQUARES: Final = 16  # side of the squares that show where nothing is


def draw_seen(seen: Seen, prediction: Prediction, language: Language) -> bytes:
    """The PNG: original, what was cut out of it, the 28 x 28 pixels; below, ten bars with names and percentages; then
    the most similar training images, if the run has kept them.
    """
    rows = [_stages(seen, language), _answers(prediction, language)]
    if prediction.nearest is not None:
        rows.append(_nearest(prediction.nearest, language))
    return stack(rows)


def _stages(seen: Seen, language: Language) -> Row:
    say = sentences()
    lefts = [MARGIN + place * (_SIDE + _GAP) for place in range(3)]

    def draw(card: Card, top: int) -> None:
        cut = "whole" if seen.mask is None else "cut"
        for left, key in zip(lefts, ("uploaded", cut, "network"), strict=True):
            card.write((left, top + HEAD / 2 + 4), say(language, f"strip.{key}"), 28)
        for left in lefts[:2]:
            card.arrow(left + _SIDE + 10, top + HEAD + _SIDE / 2, _GAP - 20)
        for left, picture in zip(lefts, (_original(seen), cut_out(seen, _SIDE)), strict=False):
            card.paste(picture, left + (_SIDE - picture.width) // 2, top + HEAD + (_SIDE - picture.height) // 2)
        card.pixels(seen.pixels, lefts[2], top + HEAD, _SIDE // 28)

    return Row(HEAD + _SIDE, draw)


def _original(seen: Seen) -> Image.Image:
    return fitted(Image.fromarray(seen.original), _SIDE)


def cut_out(seen: Seen, side: int) -> Image.Image:
    """What was taken of the picture, `side` pixels long: a checkered nothing around it, and an outline."""
    original = fitted(Image.fromarray(seen.original), side)
    if seen.mask is None:
        return original
    mask = Image.fromarray(seen.mask * np.uint8(255)).resize(original.size, Image.Resampling.BILINEAR)
    mask = mask.point([0] * 128 + [255] * 128)
    shown = Image.composite(original, _checkered(original.size), mask)
    shown.paste(ORANGE, (0, 0), ImageChops.difference(mask.filter(ImageFilter.MaxFilter(5)), mask))
    return shown


def _checkered(size: tuple[int, int]) -> Image.Image:
    x, y = np.arange(size[0]) // _SQUARES, np.arange(size[1])[:, None] // _SQUARES
    return Image.fromarray(np.where(((x + y) % 2)[..., None], FAINT, (255, 255, 255)).astype(np.uint8))


def _answers(prediction: Prediction, language: Language) -> Row:
    """Ten bars in class order, five below each other, so that they are large enough for a phone."""
    say = sentences()
    width = (ROOM - _GAP) // 2

    def draw(card: Card, top: int) -> None:
        middle = top + HEAD / 2 + 4
        card.write((MARGIN, middle), say(language, "strip.answers"), 28)
        right: float = WIDTH - MARGIN
        if prediction.dataset == "practice":
            right = card.label(say(language, "strip.practice"), (right, middle), AMBER, INK) - 12
        if prediction.far:
            card.label(say(language, "strip.far"), (right, middle), RED, (255, 255, 255))
        for label, share in enumerate(prediction.probabilities):
            column, row = divmod(label, 5)
            left, line = MARGIN + column * (width + _GAP), top + HEAD + row * _STEP
            winner = label == prediction.label
            colour = (RED if prediction.far else BLUE) if winner else GRAY
            letters = colour if winner else INK
            start, stop, y = left + _NAMES, left + width - _FIGURES, line + _STEP / 2
            card.write((start - 14, y), class_name(language, label), 28, letters, anchor="rm")
            card.bar((start, line + 8, stop, line + _STEP - 9), float(share), colour)
            card.write((left + width, y), f"{100 * float(share):.1f} %", 26, letters, anchor="rm")

    return Row(HEAD + 5 * _STEP, draw)


def _nearest(neighbours: Neighbours, language: Language) -> Row:
    """The most similar training images with their class names, from left to right."""
    side = 28 * _NEAREST_SCALE
    step = (ROOM - side) // (SHOWN - 1)

    def draw(card: Card, top: int) -> None:
        card.write((MARGIN, top + HEAD / 2 + 4), sentences()(language, "strip.nearest"), 28)
        for place, (image, label) in enumerate(zip(neighbours.images, neighbours.labels, strict=True)):
            left = MARGIN + place * step
            card.pixels(image, left, top + HEAD, _NEAREST_SCALE)
            card.write((left + side / 2, top + HEAD + side + 26), class_name(language, int(label)), 26, anchor="mm")

    return Row(HEAD + side + 44, draw)
