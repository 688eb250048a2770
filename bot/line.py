"""The typed form of commands, in the terminal and on the page: `/train epochs:2 seed:1`, quotes where there are spaces.

Chinese keyboards type `／` or `、` for the slash, `：` for the colon, `，` between options, letters and digits of full
width, and their own quotation marks; all are accepted.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from bot.classroom import Action
from bot.commands import BUTTONS, COMMANDS, Command, Option, UploadedFile
from bot.errors import ClassroomError
from bot.texts import texts
from trainer.language import Language

SESSION_COMMANDS: Final = ("help", "quit")  # of the front end itself
TYPED: Final = (*(name for name, command in COMMANDS.items() if command.typed), *SESSION_COMMANDS)
YES_OR_NO: Final = {"yes": True, "no": False, "true": True, "false": False, "是": True, "否": False}
_ALIASES: Final = {"exit": "quit", "?": "help"}
_SLASHES: Final = ("/", "／", "、")
_QUOTES: Final = {
    '"': '"', "'": "'", "“": "”", "‘": "’", "「": "」", "『": "』", "”": "”", "’": "’", "＂": "＂", "＇": "＇",
}  # fmt: skip
_QUOTED: Final = "|".join(f"{left}([^{right}]*){right}" for left, right in _QUOTES.items())
_NO_QUOTE: Final = r"""\\['"]|(?<=\w)['’](?=\w)"""  # escaped, or an apostrophe
# A terminal writes a backslash before each space of a path that is dragged into it.
_WORD: Final = re.compile(rf"(?:{_NO_QUOTE}|{_QUOTED}|\\[ ]|[^\s{''.join({*_QUOTES, *_QUOTES.values()})}])+")
_PAIR: Final = re.compile(rf"({_NO_QUOTE})|{_QUOTED}")
_OPTION: Final = re.compile(r"(?P<name>\w+)[:：=＝](?P<value>.*)", re.DOTALL)
_NAMES: Final = "|".join(sorted({option.name for command in COMMANDS.values() for option in command.options}))
_WIDE_NAMES: Final = _NAMES.translate(
    {code: code + 0xFEE0 for code in (*range(65, 91), *range(95, 96), *range(97, 123))}
)
_BETWEEN_OPTIONS: Final = re.compile(rf"[，、；,;]\s*(?=(?:{_NAMES}|{_WIDE_NAMES})\s*[:：=＝])", re.IGNORECASE)
_LONGEST: Final = 5000  # characters of a line; a path has at most 4096 bytes


class LineError(ClassroomError):
    """A line that cannot be understood; the sentence says how to write it."""


@dataclass(frozen=True)
class Line:
    """One parsed line: `options` holds only those given, converted to their type."""

    name: str
    options: Mapping[str, Any]


def parse(line: str) -> Line:
    """One line as a command; its first option may be given without its name.

    Backslashes are ordinary characters (paths of Windows). Raises LineError (keys `line_encoding`, `line_too_long`,
    `not_a_command`, `command_unknown`, `command_misspelt`, `quote_open`, `option_unknown`, `option_twice`,
    `option_value`, `option_yes_or_no`).
    """
    text = line.strip().removeprefix("\ufeff")
    if len(text) > _LONGEST:
        raise LineError("line_too_long", length=len(text), most=_LONGEST)
    if not text.startswith(_SLASHES):
        raise encoding_error() if has_undecoded(text) else LineError("not_a_command")
    typed, rest = [*re.split(r"\s", text[1:].lstrip(), maxsplit=1), ""][:2]
    if (whole := _rest_option(_narrow(typed).lower())) is not None:
        if has_undecoded(rest):
            raise encoding_error()
        return Line(_narrow(typed).lower(), _rest(whole, rest))
    words = _words(_BETWEEN_OPTIONS.sub(" ", text[1:]))
    name = _narrow(words[0]).lower() if words else ""
    name = _ALIASES.get(name, name)
    if has_undecoded(name):
        raise encoding_error()
    if name not in TYPED:
        if near := get_close_matches(name, TYPED, 1):
            raise LineError("command_misspelt", name=name, near=near[0])
        raise LineError("command_unknown", name=name, known=", ".join(f"/{known}" for known in TYPED))
    return Line(name, {option.name: converted(option, value) for option, value in _given(name, words[1:])})


def has_undecoded(text: str) -> bool:
    """Whether it holds bytes that are no text in the input's encoding (surrogates, see `lines_of_pipe`)."""
    return any("\udc80" <= character <= "\udcff" for character in text)


def encoding_error() -> LineError:
    """The error for such a line."""
    return LineError("line_encoding", encoding=getattr(sys.stdin, "encoding", "utf-8"))


def arguments(
    command: Command, line: Line, offered: Sequence[Action], picture: Callable[[str | None], UploadedFile]
) -> dict[str, Any]:
    """The options of the command that a line gives; a required choice that is left out is its first one.

    offered: the actions below the last prediction. picture: the file that is meant by what is given for a picture, or
    an error.

    Raises LineError (keys `nothing_predicted`, `nothing_left_out`, `stage_unknown`), and what `picture` raises.
    """
    values = dict(line.options)
    for option in command.options:
        given = values.get(option.name)
        if option.offered is not None:
            values[option.name] = _target(command, option.offered.button, given or "", offered)
        elif option.kind == "picture":
            values[option.name] = picture(given)
        elif option.kind == "rest":
            values[option.name] = given or ""
        elif given is None and option.required and option.choices is not None:
            values[option.name] = option.choices.values[0]
    return values


def _target(command: Command, kind: str, typed: str, offered: Sequence[Action]) -> str:
    """The target of the offered action of that kind with that word."""
    if not offered:
        raise LineError("nothing_predicted", command=command.name)
    targets = {action.typed: action.target for action in offered if action.kind == kind}
    if not targets:
        raise LineError("nothing_left_out")
    if typed not in targets:
        raise LineError("stage_unknown", stage=typed, known=", ".join(targets))
    return targets[typed]


def typed_options(name: str) -> dict[str, Option]:
    """The options that can be typed after a command."""
    options = COMMANDS[name].options if name in COMMANDS else ()
    return {option.name: option for option in options if option.offered is None or option.offered.typed}


def typed_commands(language: Language, *own: str) -> str:
    """A list in Markdown: every command with an example, then the `own` ones of a front end."""
    typed = {name: command.typed for name, command in COMMANDS.items() if command.typed}
    typed |= {name: f"/{name}" for name in own}
    return "\n".join(f"- `{line}` {texts()(language, f'command.{name}.about')}" for name, line in typed.items())


def line_of(action: Action) -> str | None:
    """The line that does what a button does; None if it cannot be typed."""
    button = BUTTONS[action.kind]
    command = COMMANDS[button.command]
    if not command.typed:
        return None
    option = command.option(button.option)
    if action.typed or (option is not None and option.offered):
        return f"/{command.name} {action.typed}".rstrip()
    return f"/{command.name} {button.option}:{action.target}" if action.target else f"/{command.name}"


def question_of(line: str) -> Line:
    """A line that is no command as a question, for a front end that takes it so."""
    return Line("ask", {"question": line.strip()})


def _rest_option(name: str) -> Option | None:
    """The option that takes the rest of a command's line."""
    return next((option for option in typed_options(name).values() if option.kind == "rest"), None)


def _rest(option: Option, typed: str) -> dict[str, str]:
    """The rest of a line as it is typed, without the option's name and without quotation marks around all of it."""
    text = typed.strip()
    match = _OPTION.fullmatch(text)
    if match and _narrow(match["name"]).lower() == option.name:
        text = match["value"].strip()
    quoted = re.fullmatch(_QUOTED, text, re.DOTALL)
    return {option.name: unquoted(text) if quoted else text}


def _given(name: str, words: list[str]) -> Iterable[tuple[Option, str]]:
    """The options with their values, also of `epochs: 2`, and of a picture's path with spaces but without quotes."""
    given: dict[str, tuple[Option, str]] = {}
    for number, word in enumerate(words):
        option, value, named = _option(name, word)
        if number and not named and (previous := _named(name, words[number - 1])) and not previous[1]:
            given[previous[0].name] = (previous[0], value)
        elif option.name not in given:
            given[option.name] = (option, value)
        elif option.kind == "picture" and not named:
            given[option.name] = (option, f"{given[option.name][1]} {value}")
        else:
            raise LineError("option_twice", option=option.name)
    return given.values()


def _option(name: str, word: str) -> tuple[Option, str, bool]:
    """The option, its value, and whether it was named: without a name it is the command's first one."""
    if found := _named(name, word):
        return *found, True
    known, match = typed_options(name), _OPTION.fullmatch(word)
    first = next(iter(known.values()), None)
    if first is not None and (match is None or first.kind == "picture"):  # C:\shoe.png is a path, not an option `C`
        return first, unquoted(word), False
    listed = ", ".join(f"{option}:" for option in known) or "-"
    raise LineError("option_unknown", option=match["name"] if match else word, name=name, known=listed)


def _named(name: str, word: str) -> tuple[Option, str] | None:
    match = _OPTION.fullmatch(word)
    option = typed_options(name).get(_narrow(match["name"]).lower()) if match else None
    return (option, unquoted(match["value"])) if match and option else None


def converted(option: Option, value: str) -> Any:
    """What is typed for an option, in its type; LineError (`line_encoding`, `option_value`, `option_yes_or_no`)."""
    if option.kind == "picture":
        return value
    if has_undecoded(value):
        raise encoding_error()
    value = _narrow(value)
    if option.kind == "yes_no":
        if value.lower() not in YES_OR_NO:
            raise LineError("option_yes_or_no", option=option.name, value=value)
        return YES_OR_NO[value.lower()]
    number: Callable[[str], Any] | None = {"whole": int, "number": float}.get(option.kind)
    try:
        return number(value) if number else value
    except ValueError:
        raise LineError("option_value", option=option.name, value=value) from None


def _narrow(text: str) -> str:
    """Letters and digits of full width, as Chinese keyboards type them, as ordinary ones."""
    return unicodedata.normalize("NFKC", text)


def _words(text: str) -> list[str]:
    if _WORD.sub("", text).strip():  # what is left is a quote without its partner
        raise LineError("quote_open")
    return [match[0] for match in _WORD.finditer(text)]


def unquoted(text: str) -> str:
    """The text without the quotation marks around its parts."""
    return _PAIR.sub(lambda match: "".join(part or "" for part in match.groups()), text)
