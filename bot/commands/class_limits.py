"""`/class-limits`: what a teacher allows the trainings of their class."""

from typing import Annotated

from bot.classroom import Answer, Classroom
from bot.classroom.limits import MAX_UNFINISHED
from bot.commands.declare import Between, Choices, Request, command
from bot.texts import texts
from trainer.language import Language
from trainer.limits import EPOCHS_RANGE


def recipes_label(value: str, language: Language) -> str:
    """Which recipes a value allows."""
    return texts()(language, f"limits.choice.{value}")


@command(typed="/class-limits epochs:5 quiet:no", order=890)
async def class_limits(
    classroom: Classroom,
    request: Request,
    *,
    epochs: Annotated[int, Between(*EPOCHS_RANGE)] | None = None,
    recipes: Annotated[str, Choices(("all", "quick"), recipes_label)] | None = None,
    trainings: Annotated[int, Between(1, MAX_UNFINISHED)] | None = None,
    quiet: bool | None = None,
) -> Answer:
    """What holds; with options, a teacher changes it."""
    return await classroom.class_limits(
        request.learner, epochs=epochs, recipes=recipes, trainings=trainings, quiet=quiet
    )
