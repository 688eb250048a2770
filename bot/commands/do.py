"""The button that runs a step of the tutorial."""

from typing import Annotated

from bot.classroom import Answer, Classroom
from bot.classroom.course.way import DOING
from bot.commands.declare import Choices, Request, command
from bot.lessons import lesson
from trainer.language import Language


def _title(step: str, language: Language) -> str:
    return lesson(step, language).title


@command(
    buttons=("learn", "do", "answer", "guess", "upload", "skip", "explain", "train"),
    slash=False,
    typed="/do step:build",
    order=11,
)
async def do(classroom: Classroom, request: Request, *, step: Annotated[str, Choices(DOING, _title)]) -> Answer:
    """The step's real output."""
    return await classroom.do(request.learner, step)
