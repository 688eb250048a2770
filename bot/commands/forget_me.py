"""`/forget-me`: delete everything that is kept of a person."""

from bot.classroom import Answer, Classroom
from bot.commands.declare import Request, command


@command(buttons=("forget",), typed="/forget-me", order=9, private=True)
async def forget_me(classroom: Classroom, request: Request, *, sure: bool = False) -> Answer:
    """What would be deleted, with a button; if they are sure, it is deleted."""
    if sure:
        return await classroom.forget_everything(request.learner)
    return await classroom.forget_me(request.learner)
