"""The lessons: `<language>/<step>.md`, one file for each of `trainer.STEPS`, its first line the title (`# 1.3 ...`).

To add a step, add its id to `trainer.STEPS` and write its file in every language; to add a language, add it to
`trainer.language.Language` and write its ten files. Code is not copied into a lesson: a line such as
`{{ trainer/steps/preprocess.py scale }}` quotes the source that runs (see `quote`). The tests report what is missing.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.lessons.quote import LONGEST, LessonError, Quote, read_directive
from trainer import STEPS
from trainer.language import Language

__all__ = ["Lesson", "LessonError", "Quote", "lesson"]


@dataclass(frozen=True)
class Lesson:
    """One lesson; `text` is all of it as Markdown, with title and quoted code."""

    step: str
    title: str
    text: str
    quotes: tuple[Quote, ...]


@cache
def lesson(step: str, language: Language) -> Lesson:
    """The lesson of one step; KeyError for an unknown step, LessonError for an error in its file."""
    if step not in STEPS:
        raise KeyError(step)
    path = Path(__file__).parent / language / f"{step}.md"
    lines = path.read_text(encoding="utf-8").strip().splitlines()
    if not lines[0].startswith("# "):
        raise LessonError(f"{path.name} does not begin with its title")
    quotes: list[Quote] = []
    text: list[str] = []
    for line in lines:
        if quote := read_directive(line):
            quotes.append(quote)
            text += [f"`{quote.source}`", "```python", quote.code, "```"]
        else:
            text.append(line)
    if sum(len(quote.code.splitlines()) for quote in quotes) > LONGEST:
        raise LessonError(f"{path.name} quotes more than {LONGEST} lines of code")
    return Lesson(step, lines[0].removeprefix("# "), "\n".join(text), tuple(quotes))
