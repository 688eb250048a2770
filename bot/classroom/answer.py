"""What a use case returns: Markdown, pictures and actions, independent of the front end that shows them."""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "running", "good", "warning"]
ActionKind = Literal[
    "back", "next", "cancel", "train", "accuracy", "explain", "without", "why",
    "learn", "do", "skip", "answer", "choose", "type", "guess", "upload", "practice", "forget", "oldruns",
]  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A finished PNG."""

    name: str  # ASCII file name ending in .png
    data: bytes
    alt: str  # alternative text


@dataclass(frozen=True)
class Action:
    """A button of a chat, or a hint in the terminal."""

    kind: ActionKind
    label: str
    # A step for back, next, explain, do, skip; a run id for cancel, accuracy; a `Shown` for without, why; the id of an
    # asked question for type, the same with letters (`17-b`) for answer, choose.
    target: str = ""
    enabled: bool = True
    typed: str = ""  # the target as it is typed in a terminal, if that is another word


@dataclass(frozen=True)
class Asks:
    """A question below the text, for a front end that shows fields instead of a button for each letter.

    `press` is the action that what was filled in belongs to: letters for the options, else a number.
    """

    press: Action
    kind: Literal["one", "all", "order", "number"]
    options: tuple[tuple[str, str], ...] = ()  # letter and text
    hint: str = ""


@dataclass(frozen=True)
class Answer:
    """One message. `text` is Markdown that Discord and rich both render: headings, bold, lists, code."""

    text: str
    pictures: tuple[Picture, ...] = ()
    actions: tuple[Action, ...] = ()
    tone: Tone = "plain"
    seen: bytes = b""  # /predict: the network's input, uint8[28 * 28] row by row, for a front end without pictures
    asks: Asks | None = None

    @property
    def whole(self) -> str:
        """The text with the options of the question, for front ends without fields."""
        if self.asks is None:
            return self.text
        options = "\n".join(f"- **{letter}** {text}" for letter, text in self.asks.options)
        return "\n\n".join(part for part in (self.text, options, self.asks.hint) if part)
