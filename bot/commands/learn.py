"""`/learn`: the course, where the person stopped."""

from bot.classroom import Answer, Classroom
from bot.commands.declare import Request, command


@command(
    buttons=("do", "skip", "learn", "guess", "upload", "explain", "answer", "choose", "type", "practice", "train"),
    typed="/learn",
    order=5,
)
async def learn(classroom: Classroom, request: Request) -> Answer:
    """What comes next: read, do, answer."""
    return await classroom.learn(request.learner)
