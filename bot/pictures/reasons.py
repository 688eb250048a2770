"""What /why says, as plain values: labels 0 to 9, shares in [0, 1], figures of the sum as they are printed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the bot's process imports this module, but no numpy
    from trainer.attribution.contributions import Contributions
    from trainer.attribution.occlusion import Occlusion
    from trainer.attribution.why import Why


@dataclass(frozen=True)
class Unit:
    """A hidden unit's part of the logit: activation x weight = contribution."""

    number: int  # from 1 on
    activation: str
    weight: str
    contribution: str


@dataclass(frozen=True)
class LogitSum:
    """The logit of the answer as a sum over the hidden units, and what softmax makes of it."""

    units: tuple[Unit, ...]  # those that contribute most
    other_count: int
    others: str  # the contribution of all other units
    bias: str
    logit: str
    share: float
    rival: int  # the class with the second largest logit
    rival_logit: str
    rival_share: float


@dataclass(frozen=True)
class Covered:
    """What a black patch does to the confidence for the answer."""

    side: int  # of the patch, in pixels
    places: int
    whole: float  # the confidence with nothing covered
    row: int  # top left corner of the patch that costs most, from 0 on
    column: int
    share: float  # the confidence for the answer with that patch
    label: int  # the network's answer then, and its confidence
    confidence: float


@dataclass(frozen=True)
class Reasons:
    """Why a run answered `label` with `confidence`."""

    label: int
    confidence: float  # as it was given
    share: float  # the network's own, not calibrated, for the view that the reasons are about
    views: int  # over which the answer is the mean
    temperature: float  # by which the logits are divided, 1 for none
    reasons: LogitSum | Covered
    card: bytes  # the PNG


def reasons_of(found: "Why", card: bytes) -> Reasons:
    """The plain values of what was found; for a picture process."""
    from trainer.attribution.contributions import Contributions

    return Reasons(
        label=found.prediction.label,
        confidence=found.prediction.confidence,
        share=found.share,
        views=found.views,
        temperature=found.temperature,
        reasons=_sum(found.reasons) if isinstance(found.reasons, Contributions) else _covered(found.reasons),
        card=card,
    )


def _sum(found: "Contributions") -> LogitSum:
    from trainer.attribution.figures import rounded_terms, signed

    _, others, bias, logit = rounded_terms(found)
    rival = max((label for label in range(10) if label != found.label), key=lambda label: found.logits[label])
    return LogitSum(
        units=tuple(
            Unit(unit.number, f"{unit.activation:.3f}", signed(unit.outgoing, 3), signed(unit.contribution, 2))
            for unit in found.units
        ),
        other_count=found.other_count,
        others=signed(others, 2),
        bias=signed(bias, 2),
        logit=signed(logit, 2),
        share=float(found.shares[found.label]),
        rival=rival,
        rival_logit=signed(float(found.logits[rival]), 2),
        rival_share=float(found.shares[rival]),
    )


def _covered(found: "Occlusion") -> Covered:
    from trainer.attribution.occlusion import PATCH

    row, column = found.lowest
    return Covered(
        side=PATCH,
        places=found.covered.size,
        whole=found.whole,
        row=row,
        column=column,
        share=found.lowest_share,
        label=found.lowest_label,
        confidence=found.lowest_confidence,
    )
