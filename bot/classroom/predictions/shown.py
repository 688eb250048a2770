"""A picture as it was answered, in the form in which a button points at it: which one, and the stages left out."""

import re
from dataclasses import dataclass, replace
from typing import Final, Self

from bot.classroom.answer import Action
from bot.errors import ClassroomError
from bot.texts import texts
from trainer.language import Language
from trainer.photo.seen import STAGES, Seen, Stage

_TARGET: Final = re.compile(r"([0-9a-f]{16})" + "".join(f"(-{stage})?" for stage in STAGES))


@dataclass(frozen=True)
class Shown:
    """As text: `0123456789abcdef-cutting-out-inverting`, at most 38 characters of `[a-z0-9-]`."""

    upload: str
    without: tuple[Stage, ...] = ()

    def __str__(self) -> str:
        return "-".join((self.upload, *self.without))

    @classmethod
    def parse(cls, target: str) -> Self:
        """ClassroomError `picture_gone` for what no button of ours can have said."""
        if (match := _TARGET.fullmatch(target)) is None:
            raise ClassroomError("picture_gone")
        return cls(match[1], tuple(stage for stage in STAGES if f"-{stage}" in match.groups()))

    def leaving_out(self, stage: Stage) -> Self:
        """The same picture with one more stage left out."""
        return replace(self, without=tuple(one for one in STAGES if one == stage or one in self.without))

    def actions(self, seen: Seen, language: Language) -> tuple[Action, ...]:
        """What can be asked about it: the answer without a stage that `seen` went through, and why it is what it is."""
        say, fewer = texts(), list[Action]()
        for stage in seen.stages:
            label, target = say(language, f"predict.button_{stage}"), str(self.leaving_out(stage))
            fewer.append(Action("without", label, target=target, typed=stage))
        return (*fewer, Action("why", say(language, "predict.button_why"), target=str(self)))
