"""`/explain`: read one step of the tutorial."""

from typing import Annotated

from bot.classroom import Answer, Classroom
from bot.commands.declare import Choices, Request, command
from bot.lessons import lesson
from trainer import STEPS


@command(buttons=("back", "next"), typed="/explain step:build", order=1)
async def explain(
    classroom: Classroom,
    request: Request,
    *,
    step: Annotated[str, Choices(STEPS, lambda step, language: lesson(step, language).title)],
) -> Answer:
    """The lesson of one step."""
    return await classroom.explain(request.learner, step)
