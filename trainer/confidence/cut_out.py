"""Whether an answer to a photograph can be trusted: what is doubtful about its cut-out.

The garment is cut out in two ways (see `trainer.photo.segment`), and the network classifies both. Its own confidence in
the first cut-out says most; that both agree, and what the mask looks like, say whether the cut-out is to blame. The
limits were chosen on photographs, of which no network learns anything.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.photo.seen import Seen

DOUBTS: Final = (
    "nothing",  # no garment could be separated from the background
    "rectangle",  # the cut-out fills its bounding box: a frame, a print, a sheet
    "cut_outs",  # the two ways found different parts of the picture
    "answers",  # the other cut-out is classified differently
    "hesitant",  # no more than that the network hesitates
)
LEAST_SUPPORT: Final = 0.5  # mean confidence in the answer, over both cut-outs
_RECTANGULAR: Final = 0.9  # share of its bounding box; only before busy backgrounds, bags of the data set cover as much
_APART: Final = 0.3  # agreement below which one of the cut-outs is not the garment, whatever the answers are
_UNLIKE: Final = 0.7  # agreement below which the cut-outs are named as a reason for different or uncertain answers


def doubts_of(seen: Seen, probabilities: NDArray[np.float32], second: NDArray[np.float32] | None) -> tuple[str, ...]:
    """Names out of DOUBTS; none for an answer that can be trusted, as far as this shows.

    `probabilities` float32[10] is the calibrated answer to `seen`, `second` that to `seen.second`, None without one.
    """
    label, agreement = probabilities.argmax(), seen.agreement
    if "whole" in seen.operations:
        return ("nothing",)
    if agreement >= _UNLIKE and any(one is not None and "plain" in one.operations for one in (seen, seen.second)):
        return ()  # the background is plain and both ways found the same: hesitation is not the cut-out's
    support = 1.0 if second is None else (probabilities[label] + second[label]) / 2
    hesitant = bool(support < LEAST_SUPPORT)
    rectangle = "cut_out" in seen.operations and seen.filled >= _RECTANGULAR
    if not (hesitant or rectangle or agreement < _APART):
        return ()
    reasons = {
        "rectangle": rectangle,
        "cut_outs": agreement < _UNLIKE,
        "answers": second is not None and second.argmax() != label,
    }
    return tuple(name for name in DOUBTS if reasons.get(name)) or ("hesitant",)
