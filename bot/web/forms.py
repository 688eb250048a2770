"""The declared commands as forms, and what was filled in as their options."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from aiohttp.web import FileField

from bot.commands import COMMANDS, Command, Option
from bot.line import LineError, converted
from bot.texts import texts
from trainer.language import Language

LONGEST_NAME: Final = 60  # of an uploaded file, as it is shown


@dataclass(frozen=True)
class Uploaded:
    """A picture that was uploaded."""

    data: bytes

    async def read(self) -> bytes:
        """The bytes."""
        return self.data


class Field(NamedTuple):
    """An option with its words in a language; `choices` are (value, label)."""

    name: str
    about: str
    kind: str
    required: bool
    choices: tuple[tuple[str, str], ...]


class Form(NamedTuple):
    """A command with its words in a language."""

    name: str
    about: str
    fields: tuple[Field, ...]


def forms(language: Language) -> list[Form]:
    """One for each command that people give by name."""
    return [
        Form(command.name, texts()(language, f"command.{command.name}.about"), tuple(_fields(command, language)))
        for command in COMMANDS.values()
        if command.slash
    ]


def _fields(command: Command, language: Language) -> list[Field]:
    return [
        Field(
            option.name,
            texts()(language, f"command.{command.name}.{option.name}"),
            option.kind,
            option.required,
            tuple(_choices(option, language)),
        )
        for option in command.options
    ]


def _choices(option: Option, language: Language) -> Iterator[tuple[str, str]]:
    """The entries of a list. Where an omitted option is none of them, the first entry stands for that."""
    values: dict[str, str] = {}
    if option.choices:
        values = {value: option.choices.label(value, language) for value in option.choices.values}
    elif option.kind == "yes_no" and option.default is None:
        values = {value: texts()(language, f"web.{value}") for value in ("yes", "no")}
    if values and _may_be_none(option):
        yield "", "–"
    yield from values.items()


def _may_be_none(option: Option) -> bool:
    """Whether leaving out the option means something else than each of its values."""
    return not option.required and option.default is None


def filled_in(command: Command, given: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The options of a form, and the same as a line; LineError (`picture_missing`, `option_value`, ...)."""
    options: dict[str, Any] = {}
    words = [f"/{command.name}"]
    for option in command.options:
        value = given.get(option.name)
        if option.kind == "picture":
            if not isinstance(value, FileField) or not value.filename:
                raise LineError("picture_missing")
            options[option.name] = Uploaded(value.file.read())
            words.append(f"{option.name}:{value.filename[-LONGEST_NAME:]}")
        elif option.kind == "rest":  # may be empty: the use case says what to write
            options[option.name] = value.strip() if isinstance(value, str) else ""
            words.append(options[option.name])
        elif isinstance(value, str) and value.strip() and not _is_default(option, value):
            options[option.name] = converted(option, value.strip())
            words.append(f"{option.name}:{value.strip()}")
    return options, " ".join(words)


def _is_default(option: Option, value: str) -> bool:
    """Whether a list was left at its first entry, which is what an omitted option means."""
    if option.required or _may_be_none(option):
        return False
    return value == ("no" if option.kind == "yes_no" else option.choices.values[0] if option.choices else None)
