"""Delete old runs: below `/status`, asked once more."""

from typing import Annotated

from bot.classroom import Answer, Classroom
from bot.commands.declare import Choices, Request, command
from bot.texts import texts


@command(buttons=("oldruns",), slash=False, private=True, typed="/old-runs", order=901)
async def old_runs(
    classroom: Classroom,
    request: Request,
    *,
    delete: Annotated[
        str, Choices(("ask", "sure"), lambda value, language: texts()(language, f"old_runs.choice.{value}"))
    ] = "ask",
) -> Answer:
    """How many runs are older than the setting; with `sure` they are deleted."""
    return await classroom.old_runs(request.learner, delete)
