"""The button that leaves out doing a step."""

from bot.classroom import Answer, Classroom
from bot.commands.declare import Request, command


@command(
    buttons=("do", "skip", "learn", "guess", "upload", "explain", "answer", "choose", "type"),
    slash=False,
    typed="/skip step:predict",
    order=13,
)
async def skip(classroom: Classroom, request: Request, *, step: str) -> Answer:
    """What comes next; ClassroomError `step_unknown` for a step that cannot be done."""
    return await classroom.skip(request.learner, step)
