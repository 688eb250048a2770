"""Figures of a sum, rounded so that they add up as they are printed."""

from trainer.attribution.contributions import Contributions

MINUS = "\u2212"


def signed(value: float, digits: int) -> str:
    """`+2.70`, `−0.31`; 0 has no sign."""
    text = f"{abs(value):.{digits}f}"
    if not float(text):
        return text
    return (MINUS if value < 0 else "+") + text


def added_up(reasons: Contributions) -> tuple[float, float, float, float]:
    """The loudest units together, the others together, the bias, and the logit, to two decimals.

    The first is the sum of the units' figures as they are printed; the others take up what rounding leaves, so that
    the four agree: at most 0.04 off.
    """
    loudest = round(sum(round(unit.contribution, 2) for unit in reasons.units), 2)
    bias, logit = round(reasons.bias, 2), round(reasons.logit, 2)
    return loudest, round(logit - bias - loudest, 2), bias, logit
