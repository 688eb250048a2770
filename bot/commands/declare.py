"""How a command is declared: an async function whose parameters are its options.

    @command(buttons=("explain", "train"))
    async def accuracy(classroom: Classroom, request: Request, *, run: RunId | None = None) -> Answer: ...

The front ends read name, options, limits and defaults from the `Command` that `@command` returns. The use case makes
the buttons; a test compares them with the declared ones. The words are `command.<name>` in bot/texts: `about`, and one
for each option.
"""

import inspect
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Final, Literal, Protocol, TypeAlias, Union, get_args, get_origin, get_type_hints

from bot.classroom import Answer, Learner, Place, Training
from bot.classroom.answer import ActionKind
from trainer.language import Language

Kind = Literal["text", "rest", "whole", "number", "yes_no", "run", "picture"]


class UploadedFile(Protocol):
    """A file that somebody uploaded or named; `read` returns its bytes, or raises a TutorError that says why not."""

    async def read(self) -> bytes:
        """The bytes, at most one more than `trainer.limits.PICTURE_BYTES`."""
        ...


@dataclass(frozen=True)
class Between:
    """Limits of a number, or of the length of a text, both included."""

    low: float
    high: float


@dataclass(frozen=True)
class Choices:
    """The values that an option can have; `label` names one in the reader's language."""

    values: tuple[str, ...]
    label: Callable[[str, Language], str]


@dataclass(frozen=True)
class Offered:
    """The target of a button below an answer; typed in the terminal as that action's word, or left out there."""

    button: ActionKind
    typed: bool = True


RunId: TypeAlias = Annotated[str, "run"]  # front ends offer the runs that the learner may name
RestOfLine: TypeAlias = Annotated[str, "rest"]  # typed as it is, to the end of the line; the only option of its command
_NAMED: Final[tuple[Kind, ...]] = ("run", "rest")
_KINDS: Final[dict[Any, Kind]] = {str: "text", int: "whole", float: "number", bool: "yes_no", UploadedFile: "picture"}


@dataclass(frozen=True)
class Option:
    """One option; without `required` an omitted one takes the function's own default."""

    name: str
    kind: Kind
    required: bool
    limits: Between | None = None
    choices: Choices | None = None
    offered: Offered | None = None


@dataclass(frozen=True)
class Request:
    """Who asks, and the message that will hold the answer."""

    learner: Learner
    place: Place = field(default_factory=Place)


# A Training is followed until it ends; None: another message shows the effect.
Reply: TypeAlias = Answer | Training | None
Run: TypeAlias = Callable[..., Coroutine[Any, Any, Reply]]


@dataclass(frozen=True)
class Command:
    """A declared command.

    `run(classroom, request, **options)` is its use case; `buttons` are the kinds that may be below its answer, `slash`
    whether Discord lists it as a slash command, `typed` how the terminal's help writes it ("" where it is not typed),
    `order` its place in lists, `private` whether only the person who asks sees the answer in a chat of several.
    """

    name: str
    options: tuple[Option, ...]
    run: Run
    buttons: tuple[ActionKind, ...] = ()
    slash: bool = True
    typed: str = ""
    order: int = 100
    private: bool = False

    def option(self, name: str) -> Option | None:
        """The option of that name."""
        return next((option for option in self.options if option.name == name), None)


def command(
    *,
    buttons: tuple[ActionKind, ...] = (),
    slash: bool = True,
    typed: str = "",
    order: int = 100,
    private: bool = False,
) -> Callable[[Run], Command]:
    """Declare the decorated function as a command of its own name; its keyword-only parameters are the options."""

    def declare(function: Run) -> Command:
        hints = get_type_hints(function, include_extras=True)
        parameters = inspect.signature(function).parameters.values()
        options = tuple(
            _option(parameter, hints[parameter.name])
            for parameter in parameters
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        )
        return Command(function.__name__, options, function, buttons, slash, typed, order, private)

    return declare


def _option(parameter: inspect.Parameter, hint: Any) -> Option:
    kind, metadata = _unpacked(hint)

    def find(wanted: type[Any]) -> Any:
        return next((one for one in metadata if isinstance(one, wanted)), None)

    return Option(
        name=parameter.name,
        kind=_named(metadata) or _KINDS[kind],
        required=parameter.default is inspect.Parameter.empty,
        limits=find(Between),
        choices=find(Choices),
        offered=find(Offered),
    )


def _named(metadata: Iterable[Any]) -> Kind | None:
    """The kind that an alias such as RunId names."""
    return next((kind for kind in _NAMED if kind in metadata), None)


def _unpacked(hint: Any) -> tuple[Any, Iterable[Any]]:
    """The type and the metadata of `T`, `T | None` and `Annotated[T, ...]`."""
    if get_origin(hint) in (Union, UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is Annotated:
        return hint.__origin__, hint.__metadata__
    return hint, ()
