"""The glossary: `<language>.toml`, the same terms in every language, three lines of explanation each."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from trainer.language import Language


@dataclass(frozen=True)
class Term:
    """An entry: `names` are other words for the term, `step` is where it belongs, `text` three lines of Markdown."""

    id: str
    term: str
    names: tuple[str, ...]
    step: str
    text: str


@cache
def glossary(language: Language) -> tuple[Term, ...]:
    """Every term, in the order of the file."""
    content = tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text(encoding="utf-8"))
    return tuple(
        Term(name, entry["term"], tuple(entry["names"]), entry["step"], entry["text"].strip())
        for name, entry in content.items()
    )
