"""`/ask`: put a question about the course."""

from typing import Annotated

from bot.classroom import Answer, Classroom
from bot.classroom.ask import LONGEST
from bot.commands.declare import Between, Request, RestOfLine, command


@command(buttons=("explain", "train"), typed="/ask why is it 1875", order=7)
async def ask(
    classroom: Classroom, request: Request, *, question: Annotated[RestOfLine, Between(1, LONGEST)]
) -> Answer:
    """The passages that answer it, or that the lessons do not."""
    return await classroom.ask(request.learner, question)
