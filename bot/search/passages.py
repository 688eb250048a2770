"""What a question can be answered with: the paragraphs of the lessons and the entries of the glossary."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from bot.glossary import glossary
from bot.lessons import lesson
from trainer import STEPS
from trainer.language import Language

GLOSSARY: Final = "glossary:"
_FENCED: Final = re.compile(r"(?:`[^`\n]+`\n)?```.*?\n```", re.DOTALL)
_BLOCK: Final = re.compile(r"\n{2,}|\n(?=- )")


@dataclass(frozen=True)
class Passage:
    """A part of a lesson or an entry of the glossary; `key` is the same in every language.

    `names` are the words that an entry explains; for a paragraph its step's title.
    """

    key: str  # "build:4", "glossary:relu"
    step: str
    names: tuple[str, ...]
    text: str  # Markdown


@cache
def passages(language: Language) -> dict[str, Passage]:
    """All of them by key: the lessons in their order, then the glossary."""
    found = [passage for step in STEPS for passage in _of_lesson(step, language)]
    found += [
        Passage(f"{GLOSSARY}{entry.id}", entry.step, (entry.term, *entry.names), entry.text)
        for entry in glossary(language)
    ]
    return {passage.key: passage for passage in found}


def passage_with(step: str, words: str, language: Language) -> str:
    """The paragraph of a lesson that contains the words, without its code; StopIteration if there is none."""
    of_step = (one.text for one in passages(language).values() if one.key.startswith(f"{step}:"))
    found = next(text for text in of_step if words in text)
    return " ".join(_FENCED.sub("", found).removeprefix("> ").split())


def _joined(parts: list[str]) -> Iterator[str]:
    """A paragraph that ends with a colon together with what it introduces."""
    before = ""
    for part in parts:
        if part.endswith((":", "：")):
            before += f"{part}\n"
        else:
            yield before + part
            before = ""


def _of_lesson(step: str, language: Language) -> Iterator[Passage]:
    """Its paragraphs and the items of its lists; code belongs to the paragraph before it."""
    one = lesson(step, language)
    code: list[str] = []

    def keep(block: re.Match[str]) -> str:
        code.append(block[0])
        return f"\x00{len(code) - 1}\x00"

    text = _FENCED.sub(keep, one.text.partition("\n")[2].strip())
    parts: list[str] = []
    for part in _BLOCK.split(text):
        if part.startswith("\x00") and parts:
            parts[-1] += f"\n\n{part}"
        elif part.strip():
            parts.append(part.strip())
    for number, part in enumerate(_joined(parts)):
        whole = re.sub(r"\x00(\d+)\x00", lambda mark: code[int(mark[1])], part)
        yield Passage(f"{step}:{number}", step, (one.title,), whole)
