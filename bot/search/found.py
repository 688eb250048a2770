"""What a search finds; light, because the bot's own process imports it."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

# What of a person's own run a question may be about; bot/classroom/ask says it.
Figures = Literal["accuracy", "worst", "curve", "gap", "time", "parameters", "settings"]
FIGURES: Final[tuple[Figures, ...]] = get_args(Figures)


@dataclass(frozen=True)
class Found:
    """`steps` and `passages` (keys), at most three and twelve, the most relevant first.

    outside: the course does not answer the question. figures: what it asks about the person's own run.
    """

    steps: tuple[str, ...]
    passages: tuple[str, ...]
    figures: tuple[Figures, ...]
    outside: bool
