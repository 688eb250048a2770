"""`/practice`: questions that are due again."""

from bot.classroom import Answer, Classroom
from bot.commands.declare import Request, command


@command(buttons=("learn", "answer", "choose", "type"), typed="/practice", order=6)
async def practice(classroom: Classroom, request: Request) -> Answer:
    """The next question that is due, the missed ones first."""
    return await classroom.practice(request.learner)
