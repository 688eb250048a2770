"""The button that leaves out doing a step."""

from bot.classroom import Answer, Classroom
from bot.commands.declare import Request, command
from bot.commands.learn import NEXT


@command(buttons=NEXT, slash=False, typed="/skip step:predict", order=13)
async def skip(classroom: Classroom, request: Request, *, step: str) -> Answer:
    """What comes next; ClassroomError `step_unknown` for a step that cannot be done."""
    return await classroom.skip(request.learner, step)
