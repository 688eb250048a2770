"""Numbers as they are shown: with a sign, and rounded so that the terms of a sum add up."""

from trainer.attribution.contributions import Contributions

MINUS = "\u2212"


def signed(value: float, digits: int) -> str:
    """`+2.70`, `−0.31`; what is rounded to 0 has no sign."""
    text = f"{abs(value):.{digits}f}"
    if not float(text):
        return text
    return (MINUS if value < 0 else "+") + text


def rounded_terms(reasons: Contributions) -> tuple[float, float, float, float]:
    """The sum of the listed units, the sum of the others, the bias, and the logit, to two decimals.

    The first is the sum of the units' rounded contributions. The second is what remains, so that the first three add
    up to the logit; rounding changes it by at most 0.04.
    """
    largest = round(sum(round(unit.contribution, 2) for unit in reasons.units), 2)
    bias, logit = round(reasons.bias, 2), round(reasons.logit, 2)
    return largest, round(logit - bias - largest, 2), bias, logit
