"""Discord's limits on application commands, written by hand from its documentation."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tests.loopback.limits import choice_problems

CHAT_INPUT: Final = 1
SUBCOMMANDS: Final = (1, 2)
_LOCALES = """
id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko
"""
_MOST = {1: 100, 2: 15, 3: 15}
TOTAL_CHARACTERS: Final = 8000

Json = Mapping[str, Any]


def command_problems(commands: Sequence[Json]) -> list[str]:
    """What Discord would refuse in a list of commands."""
    problems: list[str] = []
    for kind, most in _MOST.items():
        names = [command["name"] for command in commands if command.get("type", CHAT_INPUT) == kind]
        if len(names) > most:
            problems.append(f"{len(names)} commands of type {kind}, {most} are allowed")
        problems += [f"the name {name!r} is used twice" for name in sorted({n for n in names if names.count(n) > 1})]
    for command in commands:
        problems += [f"{command['name']}: {problem}" for problem in _one_command(command)]
    return problems


def _one_command(command: Json) -> Iterable[str]:
    if command.get("type", CHAT_INPUT) != CHAT_INPUT:
        for name in _spoken(command, "name"):
            if not 1 <= len(name) <= 32:
                yield f"the menu name {name!r} needs 1 to 32 characters"
        if command.get("description"):
            yield "a menu command has no description"
        return
    yield from _named(command)
    yield from _option_problems(command.get("options") or [])
    total = _characters(command)
    if total > TOTAL_CHARACTERS:
        yield f"{total} characters altogether, {TOTAL_CHARACTERS} are allowed"


def _named(thing: Json) -> Iterable[str]:
    for name in _spoken(thing, "name"):
        letters = all(c in "-_'" or unicodedata.category(c)[0] in "LN" for c in name)
        if not 1 <= len(name) <= 32 or not letters or name != name.lower():
            yield f"the name {name!r} is not allowed"
    for description in _spoken(thing, "description"):
        if not 1 <= len(description.strip()) <= 100 or description == "…":
            yield f"the description {description!r} of {thing['name']} needs 1 to 100 characters"
    for field in ("name_localizations", "description_localizations"):
        unknown = set(thing.get(field) or {}) - set(_LOCALES.split())
        if unknown:
            yield f"{field} of {thing['name']} names languages that Discord does not have: {sorted(unknown)}"


def _option_problems(options: Sequence[Json]) -> Iterable[str]:
    if len(options) > 25:
        yield f"{len(options)} options, 25 are allowed"
    names = [option["name"] for option in options]
    if len(set(names)) < len(names):
        yield f"option names are not unique: {names}"
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        yield "required options have to come before optional ones"
    for option in options:
        yield from _named(option)
        choices = option.get("choices") or []
        yield from choice_problems(choices)
        for field in ("name", "value"):
            values = [choice[field] for choice in choices]
            if len(set(values)) < len(values):
                yield f"{option['name']}: a choice's {field} is used twice"
        if choices and option.get("autocomplete"):
            yield f"{option['name']}: choices and autocomplete exclude each other"
        yield from _option_problems(option.get("options") or [])


def _spoken(thing: Json, field: str) -> list[str]:
    """The text in every language."""
    return [thing.get(field) or "", *(thing.get(f"{field}_localizations") or {}).values()]


def _characters(thing: Json) -> int:
    """Name, description and value, the longest translation of each; with options and choices."""
    total = max(map(len, _spoken(thing, "name"))) + max(map(len, _spoken(thing, "description")))
    for choice in thing.get("choices") or []:
        total += max(map(len, _spoken(choice, "name"))) + len(str(choice["value"]))
    return total + sum(_characters(option) for option in thing.get("options") or [])
