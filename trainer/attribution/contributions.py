"""Why a dense network answers as it does: what every hidden unit contributes to one logit, adding up to it.

logit = sum over the units of (activation x weight to the class) + bias, and softmax makes confidences of ten logits.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.attribution.weights import DenseWeights

LOUDEST: Final = 5


@dataclass(frozen=True)
class Unit:
    """One hidden unit and one picture.

    `weights` float64[28, 28]; `products` float64[28, 28]: weight x pixel, adding up to `total`; `activation` is `total`
    + `bias`, or 0 if that is negative; `contribution` is `activation` x `outgoing`, its weight to the class.
    """

    number: int  # from 1 on
    weights: NDArray[np.float64]
    products: NDArray[np.float64]
    total: float
    bias: float
    activation: float
    outgoing: float
    contribution: float


@dataclass(frozen=True)
class Contributions:
    """The way to the logit of the class `label`: `units`, the loudest first, `others` together, and `bias`.

    `logits` float64[10], `shares` float64[10]: the confidences that softmax makes of them.
    """

    label: int
    units: tuple[Unit, ...]
    other_count: int
    others: float
    bias: float
    logits: NDArray[np.float64]
    shares: NDArray[np.float64]

    @property
    def logit(self) -> float:
        """That of the class."""
        return float(self.logits[self.label])


def contributions(weights: DenseWeights, pixels: NDArray[np.uint8], label: int) -> Contributions:
    """What speaks for class `label` in the picture uint8[28, 28]; the loudest are those that speak for it most."""
    picture = pixels.reshape(-1).astype(np.float64) / 255
    hidden, outgoing = weights.hidden.astype(np.float64), weights.output.astype(np.float64)
    totals = picture @ hidden
    activations = np.maximum(totals + weights.hidden_bias, 0)
    logits = activations @ outgoing + weights.output_bias
    shares = np.exp(logits - logits.max())
    spoken = activations * outgoing[:, label]
    order = np.argsort(-spoken, kind="stable")
    units = tuple(
        Unit(
            number=int(unit) + 1,
            weights=hidden[:, unit].reshape(28, 28),
            products=(hidden[:, unit] * picture).reshape(28, 28),
            total=float(totals[unit]),
            bias=float(weights.hidden_bias[unit]),
            activation=float(activations[unit]),
            outgoing=float(outgoing[unit, label]),
            contribution=float(spoken[unit]),
        )
        for unit in order[:LOUDEST]
    )
    others = order[LOUDEST:]
    bias = float(weights.output_bias[label])
    return Contributions(label, units, len(others), float(spoken[others].sum()), bias, logits, shares / shares.sum())
