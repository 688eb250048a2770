"""What a use case returns: Markdown, pictures and actions, independent of the front end that shows them."""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "running", "good", "warning"]
ActionKind = Literal["back", "next", "cancel", "train", "accuracy", "explain", "without", "why", "old_runs"]


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
    target: str = ""  # a step for back, next, explain; a run id for cancel, accuracy; a `Shown` for without, why
    enabled: bool = True
    typed: str = ""  # the target as it is typed in a terminal, if that is another word


@dataclass(frozen=True)
class Answer:
    """One message. `text` is Markdown that Discord and rich both render: headings, bold, lists, code."""

    text: str
    pictures: tuple[Picture, ...] = ()
    actions: tuple[Action, ...] = ()
    tone: Tone = "plain"
    seen: bytes = b""  # /predict: the network's input, uint8[28 * 28] row by row, for a front end without pictures
