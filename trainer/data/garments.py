"""Draw the ten kinds of garment of the practice set.

n garments of one kind are drawn at once: every measure is an array float32[n, 1, 1], one value per garment. Measures
are fractions of the longer side of the frame; x is 0 in the middle, y is 0 at the top. To get the same set on every
machine, only operations with exact rounding (+ - * / sqrt) and uniform random numbers are used: the last digits of
sine, tangent and the normal distribution depend on the processor.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]  # float32 that broadcasts to [n, ROWS, 28]
SIDE: Final = 28
ROWS: Final = 2 * SIDE  # two lines per row of pixels, for smoother slanted edges


class Sheet:
    """n frames of the given size, float32[n, 1, 1], centred as in the data set, and the garments drawn on them.

    `cover` is the share of a pixel that the garment covers, `tone` its brightness: both float32[n, ROWS, 28].
    """

    def __init__(self, width: Field, height: Field) -> None:
        self.width, self.height = np.rint(SIDE * width) / SIDE, np.rint(SIDE * height) / SIDE
        # An odd margin is wider on the left and on top, as in Fashion-MNIST.
        left, top = (np.ceil(SIDE * (1 - side) / 2) / SIDE for side in (self.width, self.height))
        columns = (np.arange(SIDE) + 0.5) / SIDE
        lines = (np.arange(ROWS)[:, None] + 0.5) / ROWS
        self.x = (columns - left - self.width / 2).astype(np.float32)
        self.y = (lines - top).astype(np.float32)
        self.aside = np.abs(self.x)
        shape = (len(width), ROWS, SIDE)
        self.cover, self.tone = np.zeros(shape, np.float32), np.ones(shape, np.float32)

    def add(self, cover: Field, tone: Field | float = 1.0) -> None:
        """Draw a piece of cloth over the others."""
        self.tone += (tone - self.tone) * cover
        np.maximum(self.cover, cover, out=self.cover)

    def mark(self, cover: Field, factor: Field | float) -> None:
        """Multiply the brightness: seams, buttons, shadows."""
        self.tone *= 1 - cover * (1 - factor)

    def cut(self, cover: Field) -> None:
        """Remove from the garment, so that the background is visible."""
        self.cover *= 1 - cover

    def finish(self) -> tuple[Field, Field]:
        """Cover and tone per pixel: float32[n, 28, 28] each."""
        bright = self.tone * self.cover
        cover = self.cover[:, ::2] + self.cover[:, 1::2]
        return cover / 2, (bright[:, ::2] + bright[:, 1::2]) / np.maximum(cover, 1e-6)


def inside(distance: Field) -> Field:
    """The share of a pixel that lies inside an outline, from the signed distance to it (positive inside)."""
    return np.clip(distance * SIDE + 0.5, 0, 1)


def stroke(distance: Field, width: Field | float) -> Field:
    """The cover of a line of this width, from the distance to its middle."""
    return inside(width / 2 - np.abs(distance))


def curve(at: Field, *points: tuple[Field | float, Field | float]) -> Field:
    """A smooth curve through the points (position, value), constant before the first and after the last."""
    (start, value), *rest = points
    outline = value + np.zeros_like(at)
    for position, following in rest:
        share = np.clip((at - start) / np.maximum(position - start, 1e-6), 0, 1)
        outline += (following - value) * (share * share * (3 - 2 * share))
        start, value = position, following
    return outline.astype(np.float32)


def wave(turns: Field) -> Field:
    """A triangle wave: -1 at whole turns, 1 at half turns."""
    return 4 * np.abs(turns - np.rint(turns)) - 1


def stripes(turns: Field) -> Field:
    """A square wave: 1 in the first half of every turn, 0 in the second."""
    return (turns - np.floor(turns) < 0.5).astype(np.float32)


class Draws:
    """Random measures for n garments."""

    def __init__(self, count: int, rng: np.random.Generator) -> None:
        self.count = count
        self._shape, self._rng = (count, 1, 1), rng

    def between(self, low: Field | float, high: Field | float) -> Field:
        """Uniformly distributed from low to high."""
        return (low + (high - low) * self._rng.random(self._shape)).astype(np.float32)

    def chance(self, share: float) -> Field:
        """1 with this probability, else 0."""
        return (self._rng.random(self._shape) < share).astype(np.float32)

    def either(self, share: float, first: Field | float, second: Field | float) -> Field:
        """The first value with this probability, else the second."""
        return np.where(self.chance(share) > 0, first, second).astype(np.float32)


def _upper(draw: Draws, *, width: Field, sleeve: Field, neck: Field, depth: Field) -> Sheet:
    """A garment for the upper body; sleeves end at y = `sleeve` (0: none), the neckline at y = `depth`."""
    sheet = Sheet(width, np.ones_like(width))
    y, aside, half = sheet.y, sheet.aside, sheet.width / 2
    long = np.clip((sleeve - 0.45) / 0.2, 0, 1)  # 0: short sleeves stick out, 1: long ones hang down
    arm = np.where(sleeve > 0, draw.between(0.52, 0.66) * long + draw.between(0.6, 0.76) * (1 - long), 0.97)
    chest = half * arm
    shoulder = half * np.where(sleeve > 0, draw.between(0.58, 0.74), draw.between(0.65, 0.9))
    slope, pit = draw.between(0.05, 0.12), draw.between(0.24, 0.32)
    waist, hem = chest * draw.between(0.88, 1.0), chest * draw.between(0.94, 1.05)
    body = curve(y, (0.0, neck), (slope, shoulder), (pit, chest), (0.62, waist), (1.0, np.minimum(hem, half)))
    sheet.add(inside(body - aside))
    end = np.where(sleeve > 0, sleeve, -1.0)
    outer = curve(y, (0.0, neck), (slope, shoulder), (slope + 0.12, half * (0.84 + 0.06 * long)),
                  (np.maximum(sleeve, 0.3), half))  # fmt: skip
    gap = draw.between(-0.02, 0.04) * long
    inner = np.where(y < pit, shoulder * 0.9, curve(y, (pit, chest), (1.0, np.minimum(chest + gap, half * 0.8))))
    cuff = inside(end + draw.between(0.0, 0.5) * (1 - long) * (half - aside) - y)
    sheet.add(inside(outer - aside) * inside(aside - inner) * cuff, draw.between(0.82, 1.02))
    armhole = stroke(aside - np.where(y < pit, shoulder * 0.95, inner), 0.035) * inside(end + 0.02 - y)
    sheet.mark(armhole * inside(y - slope), draw.between(0.35, 0.85))
    opening = inside(depth * np.sqrt(np.clip(1 - (aside / (neck * 0.85)) ** 2, 0, 1)) - y)
    sheet.mark(opening, draw.between(0.2, 0.6))
    sheet.cut(opening * inside(depth * 0.8 - y) * draw.chance(0.6))
    return sheet


def t_shirt(draw: Draws) -> Sheet:
    """Short sleeves or none, some with a print."""
    sleeve = draw.either(0.78, draw.between(0.24, 0.42), draw.either(0.6, 0.0, draw.between(0.45, 0.7)))
    width = np.where(sleeve > 0, draw.between(0.68, 0.98), draw.between(0.5, 0.72))
    sheet = _upper(draw, width=width, sleeve=sleeve, neck=draw.between(0.1, 0.17), depth=draw.between(0.03, 0.14))
    _print_on_chest(draw, sheet, 0.35)
    return sheet


def pullover(draw: Draws) -> Sheet:
    """Long sleeves, round neck, a ribbed hem."""
    sleeve = draw.either(0.93, draw.between(0.82, 1.02), draw.between(0.5, 0.8))
    sheet = _upper(draw, width=draw.between(0.66, 0.92), sleeve=sleeve, neck=draw.between(0.09, 0.15),
                   depth=draw.between(0.02, 0.1))  # fmt: skip
    sheet.mark(inside(sheet.y - draw.between(0.9, 0.95)) * draw.chance(0.6), draw.between(0.6, 0.9))
    _print_on_chest(draw, sheet, 0.25)
    return sheet


def shirt(draw: Draws) -> Sheet:
    """Collar and a row of buttons, long or short sleeves; some have neither and look like the other tops."""
    sleeve = draw.either(0.62, draw.between(0.8, 1.0), draw.either(0.75, draw.between(0.24, 0.45), 0.0))
    sheet = _upper(draw, width=draw.between(0.64, 0.92), sleeve=sleeve, neck=draw.between(0.09, 0.15),
                   depth=draw.between(0.03, 0.12))  # fmt: skip
    buttoned, y, x = draw.chance(0.62), sheet.y, sheet.x
    sheet.mark(stroke(x, 0.03) * inside(y - 0.12) * buttoned, draw.between(0.6, 0.95))
    dots = 0.5 + 0.5 * wave(y * draw.between(5, 8))
    sheet.mark(stroke(x, 0.04) * dots * inside(y - 0.12) * buttoned, draw.between(0.4, 0.9))
    _collar(draw, sheet, 0.72, draw.between(0.1, 0.17))
    sheet.mark(_box(sheet.aside - 0.13, y - 0.3, 0.055, 0.06) * draw.chance(0.3), draw.between(0.75, 0.95))
    return sheet


def coat(draw: Draws) -> Sheet:
    """Long sleeves, open in front, lapels or a hood, pockets."""
    sheet = _upper(draw, width=draw.between(0.6, 0.88), sleeve=draw.between(0.78, 0.98), neck=draw.between(0.09, 0.14),
                   depth=draw.between(0.02, 0.09))  # fmt: skip
    x, y, aside = sheet.x, sheet.y, sheet.aside
    sheet.mark(stroke(x + draw.between(-0.02, 0.02), draw.between(0.03, 0.06)) * inside(y - 0.06) * draw.chance(0.85),
               draw.between(0.15, 0.7))  # fmt: skip
    _collar(draw, sheet, 0.75, draw.between(0.14, 0.3))
    pocket = stroke(y - draw.between(0.55, 0.68) - 0.4 * aside, 0.03) * inside(0.05 - np.abs(aside - 0.13))
    sheet.mark(pocket * draw.chance(0.6), draw.between(0.3, 0.7))
    sheet.mark(stroke(y - draw.between(0.48, 0.56), 0.04) * inside(0.2 - aside) * draw.chance(0.2), 0.45)
    return sheet


def _collar(draw: Draws, sheet: Sheet, share: float, reach: Field) -> None:
    """For a share of the garments two flaps from the neck that meet in the middle, `reach` below the top."""
    slant = sheet.y - reach * (1 - sheet.aside / 0.14)
    has = draw.chance(share)
    sheet.mark(inside(-slant) * inside(0.14 - sheet.aside) * has, draw.between(1.0, 1.3))
    sheet.mark(stroke(slant, 0.04) * inside(0.14 - sheet.aside) * has, draw.between(0.3, 0.7))


def _print_on_chest(draw: Draws, sheet: Sheet, share: float) -> None:
    """For a share of the garments a striped ellipse or rectangle."""
    x, y = sheet.x, sheet.y - draw.between(0.34, 0.46)
    wide, high = draw.between(0.06, 0.16), draw.between(0.03, 0.14)
    round_one = inside(np.minimum(wide, high) * (1 - np.sqrt((x / wide) ** 2 + (y / high) ** 2)))
    picture = np.where(draw.chance(0.5) > 0, round_one, _box(x, y, wide, high))
    lines = 0.2 + 0.8 * stripes((x * draw.between(-1, 1) + y) * draw.between(6, 14))
    sheet.mark(picture * lines * draw.chance(share), draw.either(0.5, draw.between(0.2, 0.6), draw.between(1.4, 2.2)))


def _box(x: Field, y: Field, wide: Field | float, high: Field | float) -> Field:
    return inside(wide - np.abs(x)) * inside(high - np.abs(y))


def dress(draw: Draws) -> Sheet:
    """A narrow top, a waist, and a skirt; some with sleeves, a belt, pleats."""
    sheet = Sheet(draw.between(0.36, 0.72), draw.between(1.0, 1.0))
    y, aside, half = sheet.y, sheet.aside, sheet.width / 2
    bust = np.minimum(draw.between(0.12, 0.17), half * 0.92)
    middle, waist = draw.between(0.3, 0.42), bust * draw.between(0.72, 0.95)
    tail = draw.either(0.75, half, half * draw.between(0.75, 0.95))
    neck, slope = bust * draw.between(0.35, 0.8), draw.between(0.02, 0.08)
    body = curve(y, (0.0, neck), (slope, bust * draw.between(0.75, 1.0)), (0.2, bust), (middle, waist),
                 (middle + 0.25, waist + (tail - waist) * draw.between(0.35, 0.9)), (0.98, tail))  # fmt: skip
    sheet.add(inside(body - aside))
    sleeve = draw.either(0.5, 0.0, draw.either(0.6, draw.between(0.18, 0.32), draw.between(0.5, 0.72)))
    off = np.minimum(half, bust + draw.between(0.05, 0.11))
    outer = curve(y, (0.0, neck), (slope, bust * 0.95), (np.maximum(sleeve, 0.2), off))
    inner = np.where(y < 0.2, bust * 0.85, off - 0.075)
    arm = inside(outer - aside) * inside(sleeve - y) * inside(aside - inner)
    sheet.add(arm * (sleeve > 0), draw.between(0.8, 1.0))
    sheet.mark(stroke(aside - bust * 0.95, 0.03) * inside(sleeve - y), draw.between(0.5, 0.9))
    deep = draw.between(0.02, 0.13)
    opening = inside(deep * (1 - (aside / np.maximum(neck * 0.8, 0.02)) ** 2) - y)
    sheet.cut(opening)
    sheet.mark(stroke(y - middle, draw.between(0.02, 0.06)) * draw.chance(0.5), draw.between(0.4, 0.85))
    pleats = 0.5 + 0.5 * wave(sheet.x / np.maximum(body, 0.05) * draw.between(1, 2.5))
    sheet.mark(pleats * inside(y - middle) * draw.chance(0.5), draw.between(0.65, 0.95))
    return sheet


def trouser(draw: Draws) -> Sheet:
    """Two legs; a few are short."""
    short = draw.chance(0.07)
    sheet = Sheet(np.where(short > 0, draw.between(0.65, 0.85), draw.between(0.32, 0.5)), draw.between(1.0, 1.0))
    y, aside, half = sheet.y, sheet.aside, sheet.width / 2
    waist, crotch = half * draw.between(0.68, 0.85), np.where(short > 0, 0.6, draw.between(0.26, 0.38))
    ankle = half * draw.between(0.72, 1.0)
    outer = curve(y, (0.0, waist), (crotch * 0.75, half), (0.65, half * draw.between(0.85, 1.0)), (1.0, ankle))
    leg = ankle * draw.between(0.55, 0.85)
    inner = np.where(y < crotch, -0.1, curve(y, (crotch, 0.0), (1.0, ankle - leg)))
    sheet.add(inside(outer - aside) * inside(aside - inner))
    sheet.mark(stroke(y - 0.05, 0.03), draw.between(0.5, 0.95))
    sheet.mark(stroke(aside, 0.03) * inside(crotch - y), draw.between(0.5, 0.95))
    crease = stroke(aside - (inner.clip(0) + outer) / 2, 0.04) * inside(y - crotch * 0.6)
    sheet.mark(crease * draw.chance(0.5), draw.either(0.5, draw.between(0.7, 0.9), draw.between(1.1, 1.3)))
    sheet.mark(stroke(y - 0.07 - 0.5 * (half - aside), 0.03) * inside(0.2 - y) * draw.chance(0.4), 0.6)
    return sheet


def sneaker(draw: Draws) -> Sheet:
    """A low shoe with a thick sole and laces."""
    sheet = Sheet(draw.between(1.0, 1.0), draw.between(0.36, 0.6))
    high, along, y = sheet.height, sheet.x + 0.5, sheet.y
    tongue = draw.between(0.44, 0.58)
    top = curve(along, (0.0, high * 0.82), (0.1, high * draw.between(0.55, 0.68)), (tongue, high * 0.12),
                (tongue + 0.06, 0.0), (0.78, high * draw.between(0.06, 0.25)), (0.94, 0.02),
                (1.0, high * 0.2))  # fmt: skip
    bottom = curve(along, (0.0, high * 0.92), (0.12, high), (0.9, high), (1.0, high * 0.97))
    sole = draw.between(0.05, 0.12)
    sheet.add(inside(y - top) * inside(bottom - sole - y + 0.01))
    tread = inside(y - bottom + sole) * inside(bottom - y) * inside(along - 0.01)
    sheet.add(tread, draw.either(0.5, draw.between(1.1, 1.5), draw.between(0.35, 0.9)))
    lacing = inside(along - tongue + 0.22) * inside(tongue + 0.02 - along) * inside(top + 0.12 - y)
    sheet.mark(lacing * stripes(along * draw.between(11, 16)), draw.between(0.4, 1.5))
    slant = along - draw.between(0.5, 0.68) + draw.between(-0.6, 0.6) * (y - high / 2)
    bars = stroke(slant, 0.05) + stroke(slant - 0.1, 0.05) * draw.chance(0.5)
    sheet.mark(bars * inside(y - top - 0.05) * draw.chance(0.6), draw.either(0.5, 0.4, 1.7))
    sheet.mark(stroke(along - 0.2 + 0.3 * (y - high / 2), 0.03) * draw.chance(0.5), 0.6)
    return sheet


def ankle_boot(draw: Draws) -> Sheet:
    """A shaft above the ankle, a heel of any height."""
    sheet = Sheet(draw.between(1.0, 1.0), draw.between(0.56, 1.0))
    high, along, y = sheet.height, sheet.x + 0.5, sheet.y
    heel = draw.either(0.45, draw.between(0.1, 0.3), draw.between(0.0, 0.05)) * high
    front, toe = draw.between(0.4, 0.56), draw.between(0.12, 0.2)
    back = draw.between(0.9, 1.0)
    top = curve(along, (-0.06, high), (0.1, high - toe), (front - 0.1, high - toe - draw.between(0.04, 0.16)),
                (front + 0.04, draw.between(0.0, 0.06)), (1.0, draw.between(0.0, 0.04)))  # fmt: skip
    arch = curve(along, (0.25, high), (0.66, high - heel))
    block = inside(along - draw.between(0.7, 0.88)) * inside(1 - along)
    sheet.add(inside(y - top) * inside(arch - y) * inside(curve(y, (0.0, back), (high, 1.0)) - along))
    sheet.add(block * inside(y - arch) * inside(high - y), draw.between(0.5, 0.95))
    sole = stroke(y - arch + 0.03, draw.between(0.03, 0.07)) * inside(y - top)
    sheet.mark(sole, draw.either(0.6, draw.between(0.3, 0.7), draw.between(1.1, 1.5)))
    rim = inside(top + draw.between(0.04, 0.12) - y) * inside(along - front)
    sheet.mark(rim * draw.chance(0.5), draw.between(0.5, 0.9))
    zipper = stroke(along - draw.between(0.62, 0.8) - 0.1 * y, 0.04) * inside(arch - 0.08 - y)
    sheet.mark(zipper * draw.chance(0.5), draw.between(0.4, 0.8))
    laces = inside(top + 0.1 - y) * inside(along - 0.3) * inside(front + 0.12 - along)
    sheet.mark(laces * stripes(y * draw.between(8, 13)) * draw.chance(0.4), 0.5)
    return sheet


def sandal(draw: Draws) -> Sheet:
    """A sole, flat or with a heel, and straps around the place of the foot."""
    heeled = draw.chance(0.45)
    sheet = Sheet(draw.between(1.0, 1.0), np.where(heeled > 0, draw.between(0.6, 1.0), draw.between(0.25, 0.52)))
    high, along, y = sheet.height, sheet.x + 0.5, sheet.y
    heel = heeled * high * draw.between(0.3, 0.45)
    thick = draw.between(0.06, 0.14)
    bed = curve(
        along, (0.0, high - thick - 0.03), (0.15, high - thick), (0.3, high - thick), (0.75, high - heel - thick)
    )
    straight = inside(y - bed) * inside(bed + thick - y)
    wedge = inside(y - bed) * inside(high - y)
    stiletto = wedge * inside(along - draw.between(0.82, 0.88)) * inside(draw.between(0.93, 1.0) - along)
    sheet.add(np.where(heeled * draw.chance(0.35) > 0, wedge, np.maximum(straight, stiletto * heeled)),
              draw.between(0.6, 1.1))  # fmt: skip
    foot = curve(along, (0.0, high - thick - 0.08), (0.2, high - thick - draw.between(0.12, 0.18)),
                 (0.7, np.maximum(bed.min(axis=2, keepdims=True) - 0.3, 0.0)), (1.0, 0.0))  # fmt: skip
    body = inside(y - foot) * inside(bed - y)
    lean = draw.between(-0.4, 0.6) * (y - bed)
    straps = stroke(along - draw.between(0.12, 0.3) + lean, draw.between(0.08, 0.2))
    for low, share in ((0.3, 0.7), (0.45, 0.5), (0.82, 0.85)):
        strap = stroke(along - draw.between(low, low + 0.14) + lean * draw.between(-1, 1), draw.between(0.05, 0.12))
        straps = np.maximum(straps, strap * draw.chance(share))
    around = stroke(y - foot - draw.between(0.02, 0.08), draw.between(0.05, 0.1)) * inside(along - 0.55)
    edge = stroke(y - foot - 0.02, 0.05) * inside(draw.between(0.3, 0.7) - along) * draw.chance(0.4)
    straps = np.maximum(straps, np.maximum(around * draw.chance(0.75), edge))
    sheet.add(straps * body, draw.between(0.8, 1.3))
    return sheet


def bag(draw: Draws) -> Sheet:
    """A body, most with a handle, some with a flap, a clasp, seams."""
    wide = draw.either(0.65, 1.0, draw.between(0.7, 1.0))
    sheet = Sheet(wide, np.where(wide < 1, 1.0, draw.between(0.6, 1.0)))
    high, half, y, aside = sheet.height, sheet.width / 2, sheet.y, sheet.aside
    carried = draw.chance(0.78)
    top = high * carried * draw.between(0.18, 0.5)
    corner = draw.between(0.02, 0.12)
    body = curve(y, (top, half * draw.between(0.72, 1.0)), (high - corner, half), (high + 0.01, half - corner))
    over = np.sqrt((aside / (half * draw.between(0.35, 0.85))) ** 2 + ((y - top) / np.maximum(top, 0.02)) ** 2)
    thick = draw.between(0.05, 0.1)
    handle = inside((1 - over) * top) * (1 - inside((1 - over) * top - thick)) * inside(top + 0.02 - y)
    sheet.add(handle * carried, draw.between(0.6, 1.1))
    sheet.add(inside(body - aside) * inside(y - top) * inside(high - y))
    flap = top + (high - top) * (draw.between(0.3, 0.65) - draw.between(0.0, 0.3) * (aside / half) ** 2)
    has = draw.chance(0.5)
    sheet.mark(inside(flap - y) * inside(y - top) * has, draw.between(0.8, 1.15))
    sheet.mark(stroke(y - flap, 0.035) * inside(y - top) * has, draw.between(0.3, 0.7))
    sheet.mark(_box(sheet.x, y - flap, 0.04, 0.04) * draw.chance(0.5), draw.either(0.5, 0.3, 1.8))
    sheet.mark(stroke(y - top - 0.04, 0.03) * draw.chance(0.6), 0.6)
    sheet.mark(stroke(aside - half * draw.between(0.4, 0.8), 0.035) * inside(y - top) * draw.chance(0.4), 0.6)
    return sheet


# In the order of the labels.
GARMENTS: Final[tuple[Callable[[Draws], Sheet], ...]] = (
    t_shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle_boot,
)  # fmt: skip
