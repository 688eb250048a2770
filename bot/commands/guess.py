"""The button that asks for a guess of the test accuracy, then trains."""

from bot.classroom import Classroom, Training
from bot.commands.declare import Request, RestOfLine, command


@command(buttons=("cancel", "train", "accuracy", "explain", "learn"), slash=False, typed="/guess 0.88", order=12)
async def guess(classroom: Classroom, request: Request, *, accuracy: RestOfLine) -> Training:
    """A training with the default values; its result says how far off the guess was."""
    return await classroom.guess(request.learner, request.place, accuracy)
