"""The terminal's command language: `/train epochs:2 seed:1`, quotes where there are spaces."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.errors import ClassroomError


class CommandError(ClassroomError):
    """A line that cannot be understood; the sentence says how to write it."""


@dataclass(frozen=True)
class Command:
    """One line, understood: `options` holds only what was given, converted to its type."""

    name: str
    options: Mapping[str, Any]


YES_OR_NO: Final = {"yes": True, "no": False, "true": True, "false": False, "是": True, "否": False}


def _whole(text: str) -> int:
    return int(text)


def _yes(text: str) -> bool:
    if text.lower() not in YES_OR_NO:
        raise ValueError(text)
    return YES_OR_NO[text.lower()]


# The same options as the slash commands have; the first one may be given without its name. `without` and `why` are the
# buttons below a prediction.
OPTIONS: Final[dict[str, dict[str, Callable[[str], Any]]]] = {
    "explain": {"step": str},
    "train": {
        "recipe": str,
        "epochs": _whole,
        "batch_size": _whole,
        "learning_rate": float,
        "augment": _yes,
        "seed": _whole,
    },
    "accuracy": {"run": str},
    "predict": {"image": str, "run": str},
    "without": {"stage": str},
    "why": {},
    "help": {},
    "quit": {},
}
_ALIASES: Final = {"exit": "quit", "?": "help"}
_WORD: Final = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s"'])+""")
_OPTION: Final = re.compile(r"(?P<name>[A-Za-z_]+)[:：](?P<value>.*)", re.DOTALL)


def parse(line: str) -> Command:
    """One line as a command.

    Backslashes stand for themselves (paths of Windows). Raises CommandError (keys `not_a_command`,
    `command_unknown`, `quote_open`, `option_unknown`, `option_twice`, `option_value`, `option_yes_or_no`).
    """
    text = line.strip().removeprefix("\ufeff")
    if not text.startswith("/"):
        raise CommandError("not_a_command")
    words = _words(text[1:])
    name = words[0].lower() if words else ""
    name = _ALIASES.get(name, name)
    if name not in OPTIONS:
        raise CommandError("command_unknown", name=name, known=", ".join(f"/{known}" for known in OPTIONS))
    options: dict[str, Any] = {}
    for word in words[1:]:
        option, value = _option(name, word)
        if option in options:
            raise CommandError("option_twice", option=option)
        try:
            options[option] = OPTIONS[name][option](value)
        except ValueError:
            kind = "option_yes_or_no" if OPTIONS[name][option] is _yes else "option_value"
            raise CommandError(kind, option=option, value=value) from None
    return Command(name, options)


def _option(name: str, word: str) -> tuple[str, str]:
    known = OPTIONS[name]
    match = _OPTION.fullmatch(word)
    if match and match["name"].lower() in known:
        return match["name"].lower(), _unquoted(match["value"])
    first = next(iter(known), None)
    if first is not None and (match is None or first == "image"):  # C:\shoe.png is a path, not an option `C`
        return first, _unquoted(word)
    listed = ", ".join(f"{option}:" for option in known) or "-"
    raise CommandError("option_unknown", option=match["name"] if match else word, name=name, known=listed)


def _words(text: str) -> list[str]:
    if _WORD.sub("", text).strip():  # what no word took up is a quote without its partner
        raise CommandError("quote_open")
    return _WORD.findall(text)


def _unquoted(text: str) -> str:
    return re.sub(r"\"([^\"]*)\"|'([^']*)'", lambda match: match[1] or match[2] or "", text)
