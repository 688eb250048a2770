"""The colours of all pictures, as `#rrggbb`, which matplotlib and Pillow both read."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

TEXT: Final = "#1f2933"
MUTED: Final = "#616e7c"  # secondary text
EDGE: Final = "#cbd2d9"  # around pictures on a card
GRID: Final = "#e4e7eb"  # grid lines of plots
FAINT: Final = "#edf0f3"  # behind bars
BLUE: Final = "#1f6fb5"  # right answers, and the training data
RED: Final = "#c8362d"  # wrong answers
GRAY: Final = "#777777"  # bars of the other classes, as in the tutorial
ORANGE: Final = "#d9822b"  # the test data
OUTLINE: Final = "#ff7a00"  # outlines within pictures
AMBER: Final = "#ffe8a3"  # behind the words "practice set"
POSITIVE: Final = "#b2182b"
NEGATIVE: Final = "#2166ac"


def rgb(colour: str) -> tuple[int, int, int]:
    """The three values 0 ... 255 of a colour `#rrggbb`."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def red_and_blue(values: NDArray[Any]) -> NDArray[np.uint8]:
    """float[h, w] as uint8[h, w, 3]: positive values red, negative ones blue, 0 white."""
    most = max(
        float(np.quantile(np.abs(values), 0.99)), 1e-9
    )  # a quantile, so that one outlier does not make the rest pale
    share = np.clip(values / most, -1, 1)[..., None]
    positive, negative = np.array(rgb(POSITIVE)), np.array(rgb(NEGATIVE))
    colours = 255 + np.where(share > 0, share * (positive - 255), -share * (negative - 255))
    return colours.round().astype(np.uint8)
