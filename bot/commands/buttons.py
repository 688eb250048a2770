"""What each kind of button does: it runs a command, with the button's target as the value of one option."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from bot.classroom.answer import ActionKind

# Where the answer goes: into a new message, into one that only the person sees, or in place of the message with the
# button (for others than its owner: into one that only they see); "none": the command answers nothing.
Destination = Literal["new", "private", "in_place", "none"]


@dataclass(frozen=True)
class Button:
    """`command` is run with the target as its `option`; an empty target leaves the option out.

    asks: an option that the person still has to give: the front end shows a field for it. If it is the same `option`,
    target and value are joined with a hyphen.
    """

    command: str
    option: str = ""
    destination: Destination = "new"
    asks: str = ""

    def options(self, target: str, given: Any = None) -> dict[str, Any]:
        """The options of the command for a target, and for what was given in the field."""
        if self.asks and self.asks != self.option:
            return {self.asks: given} | ({self.option: target} if self.option else {})
        if self.asks:
            return {self.option: f"{target}-{given}" if target else given}
        return {self.option: target} if self.option and target else {}


BUTTONS: Final[dict[ActionKind, Button]] = {
    "back": Button("explain", "step", "in_place"),
    "next": Button("explain", "step", "in_place"),
    "explain": Button("explain", "step", "private"),
    "train": Button("train"),
    "cancel": Button("cancel", "run", "none"),
    "accuracy": Button("accuracy", "run"),
    "without": Button("without", "stage", "private"),
    "why": Button("why", "target", "private"),
    "learn": Button("learn", destination="private"),
    "do": Button("do", "step", "private"),
    "skip": Button("skip", "step", "private"),
    "answer": Button("answer", "given", "private"),
    "choose": Button("choose", "target", "in_place"),
    "type": Button("answer", "given", "private", asks="given"),
    "guess": Button("guess", "accuracy", asks="accuracy"),
    "upload": Button("predict", asks="image"),
    "practice": Button("practice", destination="private"),
    "forget": Button("forget-me", "sure", "private"),  # its target is `yes`
    "oldruns": Button("old-runs", "delete", "private"),
}
