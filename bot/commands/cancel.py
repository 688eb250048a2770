"""The button "Cancel" below a running training; its message shows the effect."""

from bot.classroom import Classroom
from bot.commands.declare import Request, RunId, command


@command(slash=False)
async def cancel(classroom: Classroom, request: Request, *, run: RunId) -> None:
    """Stop a training that is not over."""
    await classroom.cancel(request.learner, run)
