"""Why a run answered a picture as it did: its hidden units where it has one layer of them, else what it looks at."""

from dataclasses import dataclass

from trainer.contributions import Contributions, contributions
from trainer.occlusion import Occlusion, occlusion
from trainer.predict import Prediction, Predictor
from trainer.runs import Run
from trainer.seen import Seen
from trainer.weights import dense_weights


@dataclass(frozen=True)
class Why:
    """The reasons for `prediction`, the answer as it was given.

    They are those of the network itself for the first of `views` views: `share` is its confidence for the same class
    there, not calibrated. `temperature`: what the logits are divided by before an answer is given (see `calibrate`).
    """

    prediction: Prediction
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
    label, share = prediction.label, predictor.probabilities(seen.pixels[None])[0, prediction.label]
    reasons = (
        occlusion(predictor.probabilities, seen.pixels, label)
        if (weights := dense_weights(run)) is None
        else contributions(weights, seen.pixels, label)
    )
    return Why(prediction, float(share), len(seen.views), run.temperature, reasons)
