"""Leave a stage of the preprocessing out, to show what it contributes.

A tutorial network (seed 1) called 6 of 264 photographs of garments a bag; without cutting out 252, without inverting
all of them.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from trainer.photo.seen import OPERATIONS, Seen, Stage

_CUTTING_OUT: Final = frozenset(
    {"transparent", "frame", "plain", "cut_out", "other_cut", "contrast", "mirrored", "narrowed", "fitted"}
)


def without(seen: Seen, stages: Collection[Stage]) -> Seen:
    """The picture as a network would be given it without these stages; a stage that did nothing changes nothing.

    Without `first-cut` the other cut-out is used, and the first one is the second opinion. Without `cutting-out` the
    whole picture is squeezed into 28 x 28 pixels: it is not centred, stretched in contrast or mirrored either. Without
    `inverting` light and dark stay as they were uploaded.
    """
    if "first-cut" in stages and "first-cut" in seen.stages and seen.second is not None:
        seen = replace(seen.second, second=replace(seen, second=None))
    if "cutting-out" in stages and "cutting-out" in seen.stages:
        pixels = _squeezed(seen)
        left = [name for name in seen.operations if name not in _CUTTING_OUT] + ["squeezed"]
        pixels = 255 - pixels if "inverted" in left else pixels
        seen = replace(seen, pixels=pixels, mask=None, operations=tuple(left), others=seen.others[:0], second=None)
    if "inverting" in stages and "inverting" in seen.stages:
        left = tuple(name for name in seen.operations if name != "inverted")
        second = seen.second and without(seen.second, {"inverting"})
        seen = replace(seen, pixels=255 - seen.pixels, others=255 - seen.others, operations=left, second=second)
    return replace(seen, operations=tuple(sorted(seen.operations, key=OPERATIONS.index)))


def _squeezed(seen: Seen) -> NDArray[np.uint8]:
    gray = Image.fromarray(seen.original).convert("L")
    return np.asarray(gray.resize((28, 28), Image.Resampling.BOX))
