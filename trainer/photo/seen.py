"""The result of `style`: an uploaded picture as the network gets it. Without OpenCV, which takes time to import."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

# What can be done to a picture, in this order. Sentences are keyed by these names.
OPERATIONS: Final = (
    "cut_off",  # nothing: the end of the file is missing, and with it perhaps a part of the picture
    "already_style",  # nothing: it was in the data set's style
    "rotated",  # turned upright by its EXIF orientation
    "page",  # the largest picture on a long page was taken
    "transparent",  # its opaque part is the garment
    "frame",  # a frame or page around it was cut off
    "plain",  # all that differs from a plain background is the garment
    "cut_out",  # the garment was segmented before a busy background
    "other_cut",  # the garment as the second opinion found it, see `segment`
    "whole",  # segmentation found no garment: the whole picture is used
    "inverted",  # light and dark exchanged
    "contrast",  # contrast stretched
    "mirrored",  # a shoe mirrored so that its toe points to the left, as in the data set
    "narrowed",  # a wide garment made as narrow as the data set's
    "fitted",  # resized to 28 x 28, the longest side filling it
    "squeezed",  # the whole picture resized to 28 x 28, whatever its proportions
)
Stage = Literal["first-cut", "cutting-out", "inverting"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)  # what can be left out, see `without`
_SAME: Final = 0.9  # agreement from which two cut-outs look the same


@dataclass(frozen=True)
class Seen:
    """A picture in the data set's style, and how it was made.

    `pixels` uint8[28, 28], the garment bright on 0; `original` uint8[h, w, 3], upright, longest side at most 256;
    `mask` uint8[h, w] of 0 and 1 where the garment is in `original`, None if nothing was segmented; `operations`:
    what was done, names out of `OPERATIONS`. `others` uint8[k, 28, 28]: further views of the same picture; the
    network's answer is the mean over `pixels` and these. `second`: the same picture with the other cut-out, None where
    there is only one.
    """

    pixels: NDArray[np.uint8]
    original: NDArray[Any]
    mask: NDArray[Any] | None
    operations: tuple[str, ...]
    others: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 28, 28), np.uint8))
    second: "Seen | None" = None

    @property
    def views(self) -> NDArray[np.uint8]:
        """`pixels`, then `others`: uint8[1 + k, 28, 28]."""
        return np.concatenate([self.pixels[None], self.others])

    @property
    def agreement(self) -> float:
        """Intersection over union of the two cut-outs, 0 to 1; 1 where there is only one."""
        if self.mask is None or self.second is None or self.second.mask is None:
            return 1.0
        either = np.count_nonzero(self.mask | self.second.mask)
        return float(np.count_nonzero(self.mask & self.second.mask) / either) if either else 1.0

    @property
    def filled(self) -> float:
        """The share of its bounding box that the cut-out covers, 1 for a rectangle; 0 without one."""
        if self.mask is None or not self.mask.any():
            return 0.0
        rows, columns = (np.flatnonzero(self.mask.any(axis=axis)) for axis in (1, 0))
        return float(self.mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean())

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that changed this picture and can be left out (see `without`)."""
        done = {
            "first-cut": "other_cut" not in self.operations and self.agreement < _SAME,
            "cutting-out": self.mask is not None,
            "inverting": "inverted" in self.operations,
        }
        return tuple(stage for stage in STAGES if done[stage])
