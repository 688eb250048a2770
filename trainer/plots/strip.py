"""The card of a `/predict` answer: the picture, the garment cut out, the network's pixels, and the ten confidences."""

from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from trainer.confidence.nearest import SHOWN, Neighbours
from trainer.language import Language, class_name, sentences
from trainer.photo.seen import Seen
from trainer.plots.card import (
    COLUMN,
    GAP,
    HEAD,
    INNER,
    LEFTS,
    MARGIN,
    SIDE,
    STEP,
    WIDTH,
    Card,
    Row,
    fitted,
    stack,
    ten_lines,
)
from trainer.plots.colours import AMBER, BLUE, FAINT, GRAY, OUTLINE, RED, TEXT, rgb
from trainer.steps.predict import Prediction

_NEAREST_SCALE: Final = 6
_NAMES: Final = 154  # width of the class names
_FIGURES: Final = 108  # width of the percentages
_SQUARE: Final = 16  # side of a square of the checkerboard


def draw_seen(seen: Seen, prediction: Prediction, language: Language) -> bytes:
    """The PNG: three stages of the picture, ten bars, and the most similar training images if the run has them."""
    rows = [_stages(seen, language), _answers(prediction, language)]
    if prediction.nearest is not None:
        rows.append(_nearest(prediction.nearest, language))
    return stack(rows)


def _stages(seen: Seen, language: Language) -> Row:
    def draw(card: Card, top: int) -> None:
        cut = "whole" if seen.mask is None else "cut"
        for left, key in zip(LEFTS, ("uploaded", cut, "network"), strict=True):
            card.heading(top, sentences()(language, f"strip.{key}"), left)
        original = fitted(Image.fromarray(seen.original), SIDE)
        for left, picture in zip(LEFTS[:2], (original, cut_out(seen, SIDE)), strict=True):
            card.arrow(left + SIDE + 10, top + HEAD + SIDE / 2, GAP - 20)
            card.paste(picture, left + (SIDE - picture.width) // 2, top + HEAD + (SIDE - picture.height) // 2)
        card.pixels(seen.pixels, LEFTS[2], top + HEAD, SIDE // 28)

    return Row(HEAD + SIDE, draw)


def cut_out(seen: Seen, side: int) -> Image.Image:
    """The garment with an outline on a checkerboard, longest side `side`; the whole picture if there is no mask."""
    original = fitted(Image.fromarray(seen.original), side)
    if seen.mask is None:
        return original
    mask = Image.fromarray(seen.mask * np.uint8(255)).resize(original.size, Image.Resampling.BILINEAR)
    mask = mask.point([0] * 128 + [255] * 128)
    shown = Image.composite(original, _checkerboard(original.size), mask)
    shown.paste(OUTLINE, (0, 0), ImageChops.difference(mask.filter(ImageFilter.MaxFilter(5)), mask))
    return shown


def _checkerboard(size: tuple[int, int]) -> Image.Image:
    x, y = np.arange(size[0]) // _SQUARE, np.arange(size[1])[:, None] // _SQUARE
    return Image.fromarray(np.where(((x + y) % 2)[..., None], rgb(FAINT), (255, 255, 255)).astype(np.uint8))


def _answers(prediction: Prediction, language: Language) -> Row:
    """Ten bars in class order, in two columns so that a phone shows them large enough."""
    say = sentences()

    def draw(card: Card, top: int) -> None:
        card.heading(top, say(language, "strip.answers"))
        right, middle = float(WIDTH - MARGIN), top + HEAD / 2 + 4
        if prediction.dataset == "practice":
            right = card.label(say(language, "strip.practice"), (right, middle), AMBER, TEXT) - 12
        if prediction.far:
            card.label(say(language, "strip.far"), (right, middle), RED, "white")
        elif prediction.doubts:
            card.label(say(language, "strip.doubtful"), (right, middle), RED, "white")
        for label, left, line in ten_lines(top):
            share, largest, y = float(prediction.probabilities[label]), label == prediction.label, line + STEP / 2
            colour = (BLUE if prediction.sure else RED) if largest else GRAY
            text = colour if largest else TEXT
            card.write((left + _NAMES - 14, y), class_name(language, label), 28, text, anchor="rm")
            card.bar(left + _NAMES, left + COLUMN - _FIGURES, line, share, colour)
            card.write((left + COLUMN, y), f"{100 * share:.1f} %", 26, text, anchor="rm")

    return Row(HEAD + 5 * STEP, draw)


def _nearest(neighbours: Neighbours, language: Language) -> Row:
    """The most similar training images with their class names, from left to right."""
    side = 28 * _NEAREST_SCALE
    step = (INNER - side) // (SHOWN - 1)

    def draw(card: Card, top: int) -> None:
        card.heading(top, sentences()(language, "strip.nearest"))
        for number, (image, label) in enumerate(zip(neighbours.images, neighbours.labels, strict=True)):
            left = MARGIN + number * step
            card.pixels(image, left, top + HEAD, _NEAREST_SCALE)
            card.write((left + side / 2, top + HEAD + side + 26), class_name(language, int(label)), 26, anchor="mm")

    return Row(HEAD + side + 44, draw)
