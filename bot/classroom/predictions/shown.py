"""The target of a button below a prediction: the id of a kept upload, and the stages to leave out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from bot.classroom.answer import Action
from bot.errors import ClassroomError
from bot.texts import texts
from trainer.language import Language

STAGES: Final = (
    "first-cut",
    "cutting-out",
    "inverting",
)  # as in trainer.photo.seen, which this process does not import
_TARGET: Final = re.compile(r"([0-9a-f]{16})" + "".join(f"(-{stage})?" for stage in STAGES))


@dataclass(frozen=True)
class Shown:
    """As text: `0123456789abcdef-first-cut-cutting-out-inverting`, at most 48 characters of `[a-z0-9-]`."""

    upload: str
    without: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "-".join((self.upload, *self.without))

    @classmethod
    def parse(cls, target: str) -> Self:
        """The inverse of `str`; ClassroomError `picture_gone` for any other text."""
        if (match := _TARGET.fullmatch(target)) is None:
            raise ClassroomError("picture_gone")
        return cls(match[1], tuple(stage for stage in STAGES if f"-{stage}" in match.groups()))

    def leaving_out(self, stage: str) -> Self:
        """The same picture with one more stage left out."""
        return replace(self, without=tuple(one for one in STAGES if one == stage or one in self.without))

    def actions(self, stages: Iterable[str], language: Language) -> tuple[Action, ...]:
        """A button for each stage that can still be left out, and one for the reasons.

        Where there are two cut-outs, the button for the other one takes the place of that for none, until it is shown;
        then one leads back.
        """
        say, offered = texts(), [*stages]
        targets = {one: str(self.leaving_out(one)) for one in offered}
        if "first-cut" in offered:
            targets.pop("cutting-out", None)
        elif "first-cut" in self.without and "cutting-out" in offered:
            back = replace(self, without=tuple(one for one in self.without if one != "first-cut"))
            targets = {"other-cut": str(back)} | targets
        fewer = [
            Action("without", say(language, f"predict.button_{one}"), target=target, typed=one)
            for one, target in targets.items()
        ]
        return (*fewer, Action("why", say(language, "predict.button_why"), target=str(self)))
