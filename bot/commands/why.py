"""The button "Why?" below a prediction."""

from typing import Annotated

from bot.classroom import Answer, Classroom
from bot.commands.declare import Offered, Request, command


@command(slash=False, typed="/why", order=6)
async def why(classroom: Classroom, request: Request, *, target: Annotated[str, Offered("why", typed=False)]) -> Answer:
    """Why the network answered as it did."""
    return await classroom.why(request.learner, target)
