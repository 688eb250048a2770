"""Why a run answered a picture as it did: its hidden units where it has one layer of them, else what it looks at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.attribution.contributions import Contributions, contributions
from trainer.attribution.occlusion import Occlusion, occlusion
from trainer.attribution.weights import dense_weights
from trainer.photo.seen import Seen
from trainer.runs.folder import Run
from trainer.steps.predict import Prediction, Predictor


@dataclass(frozen=True)
class Why:
    """The reasons for `prediction`, the answer as it was given.

    They are those of the network itself for `pixels` uint8[28, 28], the one of `views` views that speaks most for the
    answer: `share` is its confidence for that class there, not calibrated. `temperature`: what the logits are divided
    by before an answer is given (see `calibrate`).
    """

    prediction: Prediction
    pixels: NDArray[np.uint8]
    share: float
    views: int
    temperature: float
    reasons: Contributions | Occlusion


def explain(run: Run, seen: Seen) -> Why:
    """The contributions of the hidden units for the dense network, an occlusion map for any other.

    Raises RunError (`run_unreadable`).
    """
    predictor = Predictor(run)
    prediction = predictor.look(seen)
    label = prediction.label
    shares = predictor.probabilities(seen.views)[:, label]
    pixels = seen.views[shares.argmax()]
    reasons = (
        occlusion(predictor.probabilities, pixels, label)
        if (weights := dense_weights(run)) is None
        else contributions(weights, pixels, label)
    )
    return Why(prediction, pixels, float(shares.max()), len(shares), run.temperature, reasons)
