"""The picture of a "Why?": hidden units with figures that add up to the logit, or what covering a part costs."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.attribution.contributions import Contributions, Unit
from trainer.attribution.figures import added_up, signed
from trainer.attribution.occlusion import PATCH, Occlusion
from trainer.attribution.why import Why
from trainer.language import Language, class_name, sentences
from trainer.plots.card import BLUE, GRAY, HEAD, INK, LINE, MARGIN, ORANGE, ROOM, SOFT, WIDTH, Card, Row, stack
from trainer.plots.colours import red_and_blue

_UNIT: Final = 168  # side of a unit's picture, six for a pixel
_TITLES: Final = 222  # width of what stands before the units
_LINE: Final = 42
_SIDE: Final = 336
_GAP: Final = (ROOM - 3 * _SIDE) // 2
_STEP: Final = 48


def draw_why(why: Why, language: Language) -> bytes:
    """The PNG of a card that shows the reasons."""
    reasons = why.reasons
    if isinstance(reasons, Contributions):
        return stack([_units(why.pixels, reasons, language), _sum(reasons, language), _softmax(reasons, language)])
    return stack([_covered(why.pixels, reasons, language)])


def _units(pixels: NDArray[np.uint8], reasons: Contributions, language: Language) -> Row:
    """A column for each of the loudest units: weights, weights x pixels, and the way to the contribution."""
    say, name = sentences(), class_name(language, reasons.label)
    step = (ROOM - _TITLES) // len(reasons.units)

    def draw(card: Card, top: int) -> None:
        card.write((MARGIN, top + HEAD / 2 + 4), say(language, "why.units", name=name, count=len(reasons.units)), 28)
        first, second = top + HEAD + _LINE, top + HEAD + _LINE + _UNIT + 12
        card.write((MARGIN, first - _LINE / 2), say(language, "why.picture"), 26)
        card.pixels(pixels, MARGIN, first, _UNIT // 28)
        for place, key in enumerate(("products", "more", "less")):
            card.write((MARGIN, second + 26 + place * _LINE), say(language, f"why.{key}"), 26, _INKS[key])
        for row, key in enumerate(("total", "bias", "activation", "outgoing", "contribution")):
            y = second + _UNIT + 12 + (row + 0.5) * _LINE
            card.write((MARGIN, y), say(language, f"why.{key}"), 26, INK if key == "contribution" else SOFT)
        for place, unit in enumerate(reasons.units):
            left = MARGIN + _TITLES + place * step + (step - _UNIT)
            title = say(language, "why.unit", number=unit.number)
            card.write((left + _UNIT / 2, first - _LINE / 2), title, 26, anchor="mm")
            card.pixels(red_and_blue(unit.weights), left, first, _UNIT // 28)
            card.pixels(red_and_blue(unit.products), left, second, _UNIT // 28)
            _figures(card, unit, left + _UNIT, second + _UNIT + 12)

    return Row(HEAD + _LINE + 2 * _UNIT + 24 + 5 * _LINE, draw)


_INKS: Final = {"products": INK, "more": (178, 24, 43), "less": (33, 102, 172)}


def _figures(card: Card, unit: Unit, right: int, top: int) -> None:
    total = round(unit.activation, 3) - round(unit.bias, 3) if unit.activation else unit.total
    figures = (  # the first takes up what rounding leaves
        signed(total, 3),
        signed(unit.bias, 3),
        f"{unit.activation:.3f}",
        signed(unit.outgoing, 3),
        signed(unit.contribution, 2),
    )
    for row, figure in enumerate(figures):
        last = row == len(figures) - 1
        card.write((right, top + (row + 0.5) * _LINE), figure, 30 if last else 26, BLUE if last else SOFT, anchor="rm")


def _sum(reasons: Contributions, language: Language) -> Row:
    """These units + the others + the bias = the logit, as large figures with their names below."""
    say = sentences()
    loudest, others, bias, logit = added_up(reasons)
    keys = {"count": len(reasons.units), "others": reasons.other_count, "name": class_name(language, reasons.label)}
    terms = (
        (signed(loudest, 2), say(language, "why.sum_units", **keys)),
        (signed(others, 2), say(language, "why.sum_others", **keys)),
        (signed(bias, 2), say(language, "why.sum_bias", **keys)),
        (signed(logit, 2), say(language, "why.sum_logit", **keys)),
    )
    width = ROOM / len(terms)

    def draw(card: Card, top: int) -> None:
        card.draw.line((MARGIN, top + 14, WIDTH - MARGIN, top + 14), fill=LINE, width=2)
        for place, (figure, name) in enumerate(terms):
            middle, last = MARGIN + (place + 0.5) * width, place == len(terms) - 1
            card.write((middle, top + 54), figure, 42, BLUE if last else INK, anchor="mm")
            card.write((middle, top + 98), name, 25, BLUE if last else SOFT, anchor="mm")
            if place:
                card.write((middle - width / 2, top + 54), "=" if last else "+", 36, SOFT, anchor="mm")

    return Row(128, draw)


def _softmax(reasons: Contributions, language: Language) -> Row:
    """Ten classes with their logits and the confidences that become of them."""
    say = sentences()
    width = (ROOM - _GAP) // 2

    def draw(card: Card, top: int) -> None:
        card.write((MARGIN, top + HEAD / 2 + 4), say(language, "why.softmax"), 28)
        for label, (logit, share) in enumerate(zip(reasons.logits, reasons.shares, strict=True)):
            column, row = divmod(label, 5)
            left, line = MARGIN + column * (width + _GAP), top + HEAD + row * _STEP
            winner, y = label == reasons.label, line + _STEP / 2
            letters = BLUE if winner else INK
            card.write((left + 140, y), class_name(language, label), 26, letters, anchor="rm")
            card.write((left + 244, y), signed(float(logit), 2), 26, letters, anchor="rm")
            box = (left + 262, line + 8, left + width - 112, line + _STEP - 9)
            card.bar(box, float(share), BLUE if winner else GRAY)
            card.write((left + width, y), f"{100 * share:.1f} %", 26, letters, anchor="rm")

    return Row(HEAD + 5 * _STEP, draw)


def _covered(pixels: NDArray[np.uint8], reasons: Occlusion, language: Language) -> Row:
    """What the network saw, what every pixel is worth to the answer, and the patch that costs most."""
    say, name = sentences(), class_name(language, reasons.label)
    lefts = [MARGIN + place * (_SIDE + _GAP) for place in range(3)]
    scale = _SIDE // 28

    def draw(card: Card, top: int) -> None:
        middle, below = top + HEAD / 2 + 4, top + HEAD + _SIDE + 34
        for left, key in zip(lefts, ("whole", "effect", "lowest"), strict=True):
            card.write((left, middle), say(language, f"why.{key}"), 28)
        row, column = reasons.lowest
        worst = pixels.copy()
        worst[row : row + PATCH, column : column + PATCH] = 0
        light = 0.75 + 0.25 * pixels[..., None] / 255  # the garment stays visible below the colours
        shades = (red_and_blue(reasons.effect) * light).round().astype(np.uint8)
        for left, values in zip(lefts, (pixels, shades, worst), strict=True):
            card.pixels(values, left, top + HEAD, scale)
        corner = lefts[2] + column * scale, top + HEAD + row * scale
        card.draw.rectangle((*corner, *(side + PATCH * scale - 1 for side in corner)), outline=ORANGE, width=4)
        card.write((lefts[0], below), f"{name} {100 * reasons.whole:.1f} %", 28, BLUE)
        card.write((lefts[1], below), say(language, "why.red"), 26, _INKS["more"])
        card.write((lefts[1], below + _LINE), say(language, "why.blue"), 26, _INKS["less"])
        card.write((lefts[2], below), f"{name} {100 * reasons.lowest_share:.1f} %", 28, BLUE)
        if reasons.lowest_label != reasons.label:
            rival = f"{class_name(language, reasons.lowest_label)} {100 * reasons.lowest_confidence:.1f} %"
            card.write((lefts[2], below + _LINE), rival, 28)

    return Row(HEAD + _SIDE + 2 * _LINE + 20, draw)
