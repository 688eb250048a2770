"""What each kind of button does: it runs a command, with the button's target as the value of one option."""

from dataclasses import dataclass
from typing import Final, Literal

from bot.classroom.answer import ActionKind

# Where the answer goes: into a new message, into one that only the person sees, or in place of the message with the
# button (for others than its owner: into one that only they see); "none": the command answers nothing.
Destination = Literal["new", "private", "in_place", "none"]


@dataclass(frozen=True)
class Button:
    """`command` is run with the target as its `option`; an empty target leaves the option out."""

    command: str
    option: str = ""
    destination: Destination = "new"


BUTTONS: Final[dict[ActionKind, Button]] = {
    "back": Button("explain", "step", "in_place"),
    "next": Button("explain", "step", "in_place"),
    "explain": Button("explain", "step", "private"),
    "train": Button("train"),
    "cancel": Button("cancel", "run", "none"),
    "accuracy": Button("accuracy", "run"),
    "without": Button("without", "stage", "private"),
    "why": Button("why", "target", "private"),
    "old_runs": Button("old_runs", "delete", "private"),
}
