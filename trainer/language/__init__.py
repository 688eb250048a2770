"""Sentences in the learner's language: TOML catalogues, English and Simplified Chinese."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

Language = Literal["en", "zh-CN"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


class Catalogue:
    """The sentences of one folder, `<folder>/<language>/*.toml` together, addressed by dotted keys.

    Both languages hold the same keys with the same `{placeholders}`; a test compares them.
    """

    def __init__(self, folder: Path) -> None:
        self._sentences = {language: _read(folder / language) for language in LANGUAGES}

    def __call__(self, language: Language, key: str, /, **values: object) -> str:
        """The sentence `key`, its placeholders filled; KeyError for a key or value that is missing."""
        return self._sentences[language][key].format(**values)

    def keys(self, language: Language) -> Mapping[str, str]:
        """Every dotted key of one language with its unfilled sentence."""
        return self._sentences[language]


def _read(folder: Path) -> dict[str, str]:
    sentences: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        for key, sentence in _flatten(tomllib.loads(path.read_text(encoding="utf-8"))).items():
            if key in sentences:
                raise ValueError(f"{path}: the key {key} stands in another file too")
            sentences[key] = sentence
    return sentences


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    sentences: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            sentences |= _flatten(cast("Mapping[str, Any]", value), f"{prefix}{key}.")
        else:
            sentences[prefix + key] = str(value)
    return sentences


@cache
def sentences() -> Catalogue:
    """The trainer's own catalogue (command line, plots, errors)."""
    return Catalogue(Path(__file__).parent)


def language_of(locale: str | None) -> Language:
    """The language served to a locale: every kind of Chinese reads zh-CN, all else English."""
    return "zh-CN" if (locale or "").lower().replace("_", "-").startswith("zh") else "en"


def language_of_environment() -> Language:
    """What `LC_ALL`, `LC_MESSAGES` and `LANG` ask for, the first that is set deciding (POSIX order)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return language_of(value)
    return "en"


def class_name(language: Language, index: int) -> str:
    """The class's name for people; the code and the data keep the English list."""
    return sentences()(language, f"class.{index}")


def class_names(language: Language, labels: Iterable[int]) -> str:
    """Several of them, listed."""
    return sentences()(language, "class.between").join(class_name(language, int(label)) for label in labels)


def failed_checks(language: Language, names: Iterable[str]) -> str:
    """What checks of `trainer.confidence.familiarity` found, listed; "" for none."""
    say = sentences()
    return say(language, "check.between").join(say(language, f"check.{name}") for name in names)
