"""`/accuracy`: how well a run does."""

from bot.classroom import Answer, Classroom
from bot.commands.declare import Request, RunId, command


@command(buttons=("explain", "train"), typed="/accuracy", order=3)
async def accuracy(classroom: Classroom, request: Request, *, run: RunId | None = None) -> Answer:
    """Test accuracy and loss, each class, confusions; without any run the offer to train."""
    return await classroom.accuracy(request.learner, run)
