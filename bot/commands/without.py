"""The buttons "Without ..." below a prediction; in the terminal `/without cutting-out`."""

from typing import Annotated

from bot.classroom import Answer, Classroom
from bot.commands.declare import Offered, Request, command


@command(buttons=("without", "why"), slash=False, typed="/without cutting-out", order=5)
async def without(classroom: Classroom, request: Request, *, stage: Annotated[str, Offered("without")]) -> Answer:
    """The answer to the same picture with one stage of its preparation left out."""
    return await classroom.without(request.learner, stage)
