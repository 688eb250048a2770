"""What a use case says back: Markdown, pictures and things to press, without knowing who renders them."""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "running", "good", "warning"]
ActionKind = Literal["back", "next", "cancel", "train", "accuracy", "explain", "without", "why"]


@dataclass(frozen=True)
class Picture:
    """A finished PNG."""

    name: str  # ASCII file name ending in .png
    data: bytes
    alt: str  # what it shows, for those who cannot see it


@dataclass(frozen=True)
class Action:
    """A button of a chat, or a hint in the terminal."""

    kind: ActionKind
    label: str  # carries words as well as signs
    target: str = ""  # a step id for back/next/explain, a run id for cancel/accuracy, a `Shown` for without/why
    enabled: bool = True
    typed: str = ""  # what stands for the target where it is typed, if that is another word


@dataclass(frozen=True)
class Answer:
    """One message. `text` is the Markdown that Discord and rich both read: headings, bold, lists, code."""

    text: str
    pictures: tuple[Picture, ...] = ()
    actions: tuple[Action, ...] = ()
    tone: Tone = "plain"
    seen: bytes = b""  # /predict: uint8[28 * 28], row by row, for a front end that cannot show pictures
