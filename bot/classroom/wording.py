"""Figures and names as text, in the same form in every answer."""

import re
from unicodedata import category, east_asian_width

from bot.texts import texts
from trainer.language import Language

_LONGEST_NAME = 32
_MARKDOWN = re.compile(r"([\\`*_~|<>\[\]#])")


def fraction(value: float) -> str:
    """An accuracy with four decimals: `0.8812`."""
    return f"{value:.4f}"


def percent(share: float) -> str:
    """A share in [0, 1] as `97.3 %`."""
    return f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """A difference of two shares in percentage points, without its sign."""
    return f"{100 * abs(difference):.1f}"


def duration(seconds: float, language: Language) -> str:
    """`12 s`, `3 min 5 s`; at least 1 s."""
    whole = max(1, round(seconds))
    if whole < 60:  # noqa: PLR2004
        return texts()(language, "train.seconds", s=whole)
    return texts()(language, "train.minutes", m=whole // 60, s=whole % 60)


def epochs_text(epochs: int, language: Language) -> str:
    """`1 epoch`, `10 epochs`."""
    return texts()(language, "classroom.epochs_1" if epochs == 1 else "classroom.epochs_n", n=epochs)


def person(name: str, language: Language) -> str:
    """A name that a user chose, escaped for Markdown and at most 32 characters long."""
    visible = "".join(character for character in name if category(character)[0] != "C").strip()[:_LONGEST_NAME]
    return _MARKDOWN.sub(r"\\\1", visible) or texts()(language, "classroom.unnamed")


def clipped(text: str, longest: int) -> str:
    """The text on one line of at most `longest` characters, cut with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def right(text: str, width: int) -> str:
    """The text, aligned to the right in `width` columns of a monospace font; a Chinese character takes two."""
    columns = sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
    return " " * max(0, width - columns) + text
