"""The answer to a question of the course: a button, or typed."""

from bot.classroom import Answer, Classroom
from bot.commands.declare import Request, RestOfLine, command


@command(
    buttons=("learn", "practice", "explain", "do", "answer", "choose", "type"),
    slash=False,
    typed="/answer b",
    order=10,
)
async def answer(classroom: Classroom, request: Request, *, given: RestOfLine) -> Answer:
    """Whether it is right, and why."""
    return await classroom.answer(request.learner, given)
