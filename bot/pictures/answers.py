"""What picture processes answer, as plain values that need no numpy: labels 0 to 9, shares in [0, 1]."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Classified:
    """A run's answer to a picture."""

    label: int
    confidence: float
    probabilities: tuple[float, ...]  # all ten, calibrated
    failed: tuple[str, ...]  # the checks for "far from the training data" that failed, the worst first
    doubts: tuple[str, ...]  # why the cut-out and the answer are uncertain, names as in trainer.confidence.cut_out
    agreement: float  # intersection over union of the two cut-outs, 1 where there is only one
    other: int | None  # label of the other cut-out
    nearest: tuple[int, ...]  # labels of the most similar training images; none if the run keeps no images
    operations: tuple[str, ...]  # what was done to the picture, names as in trainer.photo.seen
    stages: tuple[str, ...]  # the stages that can still be left out
    whole: tuple[int, float]  # label and confidence with no stage left out
    pixels: bytes  # uint8[28 * 28], row by row: the network's input
    strip: bytes  # the PNG
    upload: str | None  # the id under which the upload was kept; None if it was kept before or could not be kept


@dataclass(frozen=True)
class Reasons:
    """Why a run answered `label` with `confidence`.

    For the dense network `units` and `figures` are the terms of the logit, as they are printed, and what softmax makes
    of it; for any other network `figures` describe the occlusion map. They are named as in the sentences `why.*`.
    """

    label: int
    confidence: float  # as shown
    own: float  # the network's own confidence, not calibrated, in the view that the reasons are about
    views: int  # the answer is the mean over so many views of the picture
    temperature: float  # the logits are divided by it; 1 for none
    units: tuple[dict[str, Any], ...]  # the units that contribute most; none for an occlusion map
    figures: dict[str, Any]
    card: bytes  # the PNG
