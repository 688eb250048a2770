"""What every hidden unit of the dense network contributes to the logit of one class.

logit = sum over the units of (activation x weight to the class) + bias; softmax turns the ten logits into confidences.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.attribution.weights import DenseWeights

LARGEST: Final = 5  # units that are listed one by one


@dataclass(frozen=True)
class Unit:
    """One hidden unit for one picture.

    `weights` float64[28, 28]; `products` float64[28, 28]: weight x pixel, their sum is `total`; `activation` is
    max(`total` + `bias`, 0); `outgoing` the unit's weight to the class; `contribution` is `activation` x `outgoing`.
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
    """The terms of the logit of the class `label`: the LARGEST `units`, largest first, the sum of the `others`, `bias`.

    `logits` float64[10], and `shares` float64[10]: their softmax.
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
        """The logit of the class `label`."""
        return float(self.logits[self.label])


def contributions(weights: DenseWeights, pixels: NDArray[np.uint8], label: int) -> Contributions:
    """The contributions to the logit of class `label` for the picture uint8[28, 28]."""
    picture = pixels.reshape(-1).astype(np.float64) / 255
    hidden, outgoing = weights.hidden.astype(np.float64), weights.output.astype(np.float64)
    totals = picture @ hidden
    activations = np.maximum(totals + weights.hidden_bias, 0)
    logits = activations @ outgoing + weights.output_bias
    shares = np.exp(logits - logits.max())
    contributed = activations * outgoing[:, label]
    order = np.argsort(-contributed, kind="stable")
    units = tuple(
        Unit(
            number=int(unit) + 1,
            weights=hidden[:, unit].reshape(28, 28),
            products=(hidden[:, unit] * picture).reshape(28, 28),
            total=float(totals[unit]),
            bias=float(weights.hidden_bias[unit]),
            activation=float(activations[unit]),
            outgoing=float(outgoing[unit, label]),
            contribution=float(contributed[unit]),
        )
        for unit in order[:LARGEST]
    )
    others = order[LARGEST:]
    bias = float(weights.output_bias[label])
    return Contributions(
        label, units, len(others), float(contributed[others].sum()), bias, logits, shares / shares.sum()
    )
