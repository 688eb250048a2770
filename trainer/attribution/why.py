"""The reasons for an answer: contributions of the hidden units for the dense network, else an occlusion map."""

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
    """The reasons for `prediction`, the answer as it was shown.

    They are computed for `pixels` uint8[28, 28], the one of `views` views with the highest confidence for the answer:
    `share`, not calibrated. `temperature` is that of the run (see `calibration`).
    """

    prediction: Prediction
    pixels: NDArray[np.uint8]
    share: float
    views: int
    temperature: float
    reasons: Contributions | Occlusion


def explain_answer(run: Run, seen: Seen) -> Why:
    """Predict, and compute the reasons; RunError (`run_unreadable`)."""
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
