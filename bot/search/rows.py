"""The rows of the index: passages, the names of terms, and questions of learners, each with the passage it leads to.

Questions stand in `asked/<language>.toml`, those that the course does not answer in `asked/outside.toml`.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from bot.search.found import Figures
from bot.search.passages import GLOSSARY, Passage, passages
from trainer.language import LANGUAGES, Language

OUTSIDE: Final = "outside"  # the step and the passage of what the course does not answer
_ASKED: Final = Path(__file__).parent / "asked"


@dataclass(frozen=True)
class Row:
    """`passage` is its key, `figures` what a question wants to know of the person's own run ("": nothing)."""

    passage: str
    step: str
    text: str
    figures: Figures | Literal[""] = ""
    question: bool = False  # in the words of a learner


def rows() -> list[Row]:
    """All rows of all languages; ValueError for an error in a file."""
    found = [row for language in LANGUAGES for row in (*_taught(language), *_asked(language))]
    outside = _read("outside")
    return found + [Row(OUTSIDE, OUTSIDE, text, question=True) for language in LANGUAGES for text in outside[language]]


def _taught(language: Language) -> Iterator[Row]:
    for passage in passages(language).values():
        names = ", ".join(passage.names)
        if passage.key.startswith(GLOSSARY):
            yield Row(passage.key, passage.step, names)
        yield Row(passage.key, passage.step, f"{names}\n{passage.text}")


def _asked(language: Language) -> Iterator[Row]:
    for step, groups in _read(language).items():
        for group in groups:
            passage = _passage(step, group["about"], language)
            for text in group.get("questions", ()):
                yield Row(passage.key, step, text, question=True)
            for text in group.get("mine", ()):
                yield Row(passage.key, step, text, group["figures"], question=True)


def _passage(step: str, about: str, language: Language) -> Passage:
    """The one paragraph of the step's lesson that contains these words."""
    lesson = (one for one in passages(language).values() if one.step == step and not one.key.startswith(GLOSSARY))
    found = [one for one in lesson if about in one.text]
    if len(found) != 1:
        raise ValueError(f"{len(found)} paragraphs of the lesson {step} ({language}) contain {about!r}")
    return found[0]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_ASKED / f"{name}.toml").read_text(encoding="utf-8"))
