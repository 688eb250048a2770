"""The languages, and the sentences in each of them: catalogues of TOML files."""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

Language = Literal["en", "zh-CN"]  # the folders of words and lessons; the first serves every other locale
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


class Catalogue:
    """The sentences in `<folder>/<language>/*.toml`, addressed by dotted keys.

    Every language has the same keys with the same `{placeholders}`; a test compares them.
    """

    def __init__(self, folder: Path) -> None:
        self._sentences = {language: _read(folder / language) for language in LANGUAGES}

    def __call__(self, language: Language, key: str, /, **values: object) -> str:
        """The sentence `key` with its placeholders filled in; KeyError for a missing key or value."""
        return self._sentences[language][key].format(**values)

    def keys(self, language: Language) -> Mapping[str, str]:
        """The sentences of one language, with their placeholders, by dotted key."""
        return self._sentences[language]


def _read(folder: Path) -> dict[str, str]:
    sentences: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        for key, sentence in _flatten(tomllib.loads(path.read_text(encoding="utf-8"))).items():
            if key in sentences:
                raise ValueError(f"{path}: the key {key} is in another file too")
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
    """The catalogue of the trainer: command line, plots, errors."""
    return Catalogue(Path(__file__).parent)


def language_of(locale: str | None) -> Language:
    """The language for a locale such as `zh_TW.UTF-8`: the same one, else one of the same family, else the first."""
    wanted = re.split("[.@]", locale or "")[0].lower().replace("_", "-")
    for language in LANGUAGES:
        if language.lower() == wanted:
            return language
    for language in LANGUAGES:
        if language.split("-")[0] == wanted.split("-")[0]:
            return language
    return LANGUAGES[0]


def language_of_environment() -> Language:
    """The language of TUTOR_LANG, else of the first of `LC_ALL`, `LC_MESSAGES`, `LANG` that is set (POSIX order)."""
    for language in LANGUAGES:
        if language == os.environ.get("TUTOR_LANG"):
            return language
    locales = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return language_of(next(filter(None, locales), None))


def class_name(language: Language, index: int) -> str:
    """The name of class 0 ... 9 in a language."""
    return sentences()(language, f"class.{index}")


def class_names(language: Language, labels: Iterable[int]) -> str:
    """The names of several classes as a list in one line."""
    return sentences()(language, "class.between").join(class_name(language, int(label)) for label in labels)


def failed_checks(language: Language, names: Iterable[str]) -> str:
    """The checks of `trainer.confidence.familiarity` that failed, as a list in one line; "" for none."""
    say = sentences()
    return say(language, "check.between").join(say(language, f"check.{name}") for name in names)
