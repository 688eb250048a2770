"""What became of an uploaded picture. Apart from `photo`, so that the bot can hold it without OpenCV."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

# What can have been done to a picture, in the order in which it is done.
STEPS: Final = (
    "already_style",  # nothing: it was in the data set's style
    "rotated",  # upright, as its EXIF says
    "transparent",  # the garment is what is not see-through
    "frame",  # a frame or page around it was cut off
    "plain",  # all that differs from the plain background is garment
    "cut_out",  # the garment was told from a busy background
    "whole",  # nothing could be told from the background: the whole picture was taken
    "inverted",  # light and dark exchanged
    "contrast",  # contrast spread
    "mirrored",  # a shoe turned so that its toe points to the left, as in the data set
    "narrowed",  # a top with spread sleeves, or as wide as high, made as narrow as the data set's
    "fitted",  # brought to 28 x 28, the longest side filling it
    "squeezed",  # brought to 28 x 28 with all that is on it, whatever its shape
)
Stage = Literal["cutting-out", "inverting"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)  # what can be left out, see `without`


@dataclass(frozen=True)
class Seen:
    """What a network gets to see of a picture, and how that came about.

    `pixels` uint8[28, 28], garment bright on 0; `original` uint8[h, w, 3], upright, longest side at most 256;
    `mask` uint8[h, w] of 0 and 1, where the garment was found, None if there was no need or nothing to find;
    `steps`: what was done, names out of `STEPS`. `others` uint8[k, 28, 28]: further ways to see the same picture, whose
    answers count as much as that for `pixels`.
    """

    pixels: NDArray[np.uint8]
    original: NDArray[Any]
    mask: NDArray[Any] | None
    steps: tuple[str, ...]
    others: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 28, 28), np.uint8))

    @property
    def views(self) -> NDArray[np.uint8]:
        """All ways to see the picture, `pixels` first: uint8[1 + k, 28, 28]."""
        return np.concatenate([self.pixels[None], self.others])

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that did something to this picture and can be left out (see `without`)."""
        done = {"cutting-out": self.mask is not None, "inverting": "inverted" in self.steps}
        return tuple(stage for stage in STAGES if done[stage])
