"""The letters of a question where several can be chosen."""

from bot.classroom import Answer, Classroom
from bot.commands.declare import Request, command


@command(buttons=("answer", "choose"), slash=False)
async def choose(classroom: Classroom, request: Request, *, target: str) -> Answer:
    """The question with the letters chosen until now."""
    return await classroom.choose(request.learner, target)
