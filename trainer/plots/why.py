"""The card of a "Why?" answer: hidden units with figures that add up to the logit, or an occlusion map."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.attribution.contributions import Contributions, Unit
from trainer.attribution.figures import rounded_terms, signed
from trainer.attribution.occlusion import PATCH, Occlusion
from trainer.attribution.why import Why
from trainer.language import Language, class_name, sentences
from trainer.plots.card import COLUMN, HEAD, INNER, LEFTS, MARGIN, SIDE, STEP, WIDTH, Card, Row, stack, ten_lines
from trainer.plots.colours import BLUE, EDGE, GRAY, MUTED, NEGATIVE, OUTLINE, POSITIVE, TEXT, red_and_blue

_UNIT: Final = 168  # side of a unit's picture: 6 for each of 28 pixels
_TITLES: Final = 222  # width of the column before the units
_LINE: Final = 42


def draw_why(why: Why, language: Language) -> bytes:
    """The PNG of a card with the reasons for an answer."""
    reasons = why.reasons
    if isinstance(reasons, Contributions):
        return stack([_units(why.pixels, reasons, language), _sum(reasons, language), _softmax(reasons, language)])
    return stack([_occlusion(why.pixels, reasons, language)])


def _units(pixels: NDArray[np.uint8], reasons: Contributions, language: Language) -> Row:
    """A column for each listed unit: its weights, weights x pixels, and the numbers that give its contribution."""
    say, name = sentences(), class_name(language, reasons.label)
    step = (INNER - _TITLES) // len(reasons.units)

    def draw(card: Card, top: int) -> None:
        card.heading(top, say(language, "why.units", name=name, count=len(reasons.units)))
        first = top + HEAD + _LINE
        second = first + _UNIT + 12
        figures = second + _UNIT + 12
        card.write((MARGIN, first - _LINE / 2), say(language, "why.picture"), 26)
        card.pixels(pixels, MARGIN, first, _UNIT // 28)
        for row, (key, colour) in enumerate((("products", TEXT), ("more", POSITIVE), ("less", NEGATIVE))):
            card.write((MARGIN, second + 26 + row * _LINE), say(language, f"why.{key}"), 26, colour)
        for row, key in enumerate(("total", "bias", "activation", "outgoing", "contribution")):
            colour = TEXT if key == "contribution" else MUTED
            card.write((MARGIN, figures + (row + 0.5) * _LINE), say(language, f"why.{key}"), 26, colour)
        for number, unit in enumerate(reasons.units):
            left = MARGIN + _TITLES + number * step + (step - _UNIT)
            title = say(language, "why.unit", number=unit.number)
            card.write((left + _UNIT / 2, first - _LINE / 2), title, 26, anchor="mm")
            card.pixels(red_and_blue(unit.weights), left, first, _UNIT // 28)
            card.pixels(red_and_blue(unit.products), left, second, _UNIT // 28)
            _figures(card, unit, left + _UNIT, figures)

    return Row(HEAD + _LINE + 2 * _UNIT + 24 + 5 * _LINE, draw)


def _figures(card: Card, unit: Unit, right: int, top: int) -> None:
    # The total is rounded so that total + bias = activation as printed.
    total = round(unit.activation, 3) - round(unit.bias, 3) if unit.activation else unit.total
    others = (signed(total, 3), signed(unit.bias, 3), f"{unit.activation:.3f}", signed(unit.outgoing, 3))
    for row, figure in enumerate(others):
        card.write((right, top + (row + 0.5) * _LINE), figure, 26, MUTED, anchor="rm")
    card.write((right, top + 4.5 * _LINE), signed(unit.contribution, 2), 30, BLUE, anchor="rm")


def _sum(reasons: Contributions, language: Language) -> Row:
    """Listed units + other units + bias = logit, as large figures with their names below."""
    values = {"count": len(reasons.units), "others": reasons.other_count, "name": class_name(language, reasons.label)}
    keys = ("why.sum_units", "why.sum_others", "why.sum_bias", "why.sum_logit")
    width = INNER / len(keys)

    def draw(card: Card, top: int) -> None:
        card.draw.line((MARGIN, top + 14, WIDTH - MARGIN, top + 14), fill=EDGE, width=2)
        for number, (term, key) in enumerate(zip(rounded_terms(reasons), keys, strict=True)):
            middle, last = MARGIN + (number + 0.5) * width, key == keys[-1]
            card.write((middle, top + 54), signed(term, 2), 42, BLUE if last else TEXT, anchor="mm")
            name = sentences()(language, key, **values)
            card.write((middle, top + 98), name, 25, BLUE if last else MUTED, anchor="mm")
            if number:
                card.write((middle - width / 2, top + 54), "=" if last else "+", 36, MUTED, anchor="mm")

    return Row(128, draw)


def _softmax(reasons: Contributions, language: Language) -> Row:
    """The ten classes with their logits and the confidences that softmax gives."""

    def draw(card: Card, top: int) -> None:
        card.heading(top, sentences()(language, "why.softmax"))
        for label, left, line in ten_lines(top):
            logit, share, y = float(reasons.logits[label]), float(reasons.shares[label]), line + STEP / 2
            own = label == reasons.label
            text = BLUE if own else TEXT
            card.write((left + 140, y), class_name(language, label), 26, text, anchor="rm")
            card.write((left + 244, y), signed(logit, 2), 26, text, anchor="rm")
            card.bar(left + 262, left + COLUMN - 112, line, share, BLUE if own else GRAY)
            card.write((left + COLUMN, y), f"{100 * share:.1f} %", 26, text, anchor="rm")

    return Row(HEAD + 5 * STEP, draw)


def _occlusion(pixels: NDArray[np.uint8], reasons: Occlusion, language: Language) -> Row:
    """The network's pixels, the effect of covering each of them, and the patch that lowers the confidence most."""
    say, name, scale = sentences(), class_name(language, reasons.label), SIDE // 28
    row, column = reasons.lowest
    covered = pixels.copy()
    covered[row : row + PATCH, column : column + PATCH] = 0
    light = 0.75 + 0.25 * pixels[..., None] / 255  # the garment stays visible below the colours
    effect = (red_and_blue(reasons.effect) * light).round().astype(np.uint8)

    def draw(card: Card, top: int) -> None:
        below = top + HEAD + SIDE + 34
        for left, key, values in zip(LEFTS, ("whole", "effect", "lowest"), (pixels, effect, covered), strict=True):
            card.heading(top, say(language, f"why.{key}"), left)
            card.pixels(values, left, top + HEAD, scale)
        corner = LEFTS[2] + column * scale, top + HEAD + row * scale
        card.draw.rectangle((*corner, *(side + PATCH * scale - 1 for side in corner)), outline=OUTLINE, width=4)
        card.write((LEFTS[0], below), f"{name} {100 * reasons.whole:.1f} %", 28, BLUE)
        card.write((LEFTS[1], below), say(language, "why.red"), 26, POSITIVE)
        card.write((LEFTS[1], below + _LINE), say(language, "why.blue"), 26, NEGATIVE)
        card.write((LEFTS[2], below), f"{name} {100 * reasons.lowest_share:.1f} %", 28, BLUE)
        if reasons.lowest_label != reasons.label:
            rival = f"{class_name(language, reasons.lowest_label)} {100 * reasons.lowest_confidence:.1f} %"
            card.write((LEFTS[2], below + _LINE), rival, 28)

    return Row(HEAD + SIDE + 2 * _LINE + 20, draw)
