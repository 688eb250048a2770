"""`/status`: how the bot is; for the teacher."""

from bot.classroom import Answer, Classroom
from bot.commands.declare import Request, command


@command(buttons=("oldruns",), private=True, typed="/status", order=900)
async def status(classroom: Classroom, request: Request) -> Answer:
    """Version, uptime, queue, workers, disk, latency, last error; old runs are offered for deletion."""
    return await classroom.status(request.learner)
