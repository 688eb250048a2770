"""`/progress`: one's own way through the course."""

from bot.classroom import Answer, Classroom
from bot.commands.declare import Request, command


@command(buttons=("learn", "practice"), typed="/progress", order=8, private=True)
async def progress(classroom: Classroom, request: Request) -> Answer:
    """Steps read, done and answered, and what is due."""
    return await classroom.progress(request.learner)
