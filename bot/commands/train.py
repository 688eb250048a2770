"""`/train`: train a network and show its progress."""

from typing import Annotated

from bot.classroom import Classroom, Training
from bot.classroom.wording import duration
from bot.commands.declare import Between, Choices, Request, command
from bot.texts import texts
from trainer.language import Language
from trainer.limits import BATCH_SIZE_RANGE, EPOCHS_RANGE, LEARNING_RATE_MAX, SEED_RANGE
from trainer.recipes import RECIPES


def recipe_label(name: str, language: Language) -> str:
    """A recipe with its duration and accuracy."""
    recipe, say = RECIPES[name], texts()
    about = say(language, f"recipe.{name}")
    figures = {"duration": duration(recipe.seconds, language), "percent": round(100 * recipe.accuracy)}
    return say(language, "recipe.label", name=name, about=about, **figures)


@command(buttons=("cancel", "train", "accuracy", "explain"), typed="/train epochs:2 seed:1", order=2)
async def train(
    classroom: Classroom,
    request: Request,
    *,
    recipe: Annotated[str, Choices(tuple(RECIPES), recipe_label)] = "tutorial",
    epochs: Annotated[int, Between(*EPOCHS_RANGE)] | None = None,
    batch_size: Annotated[int, Between(*BATCH_SIZE_RANGE)] | None = None,
    learning_rate: Annotated[float, Between(0.0, LEARNING_RATE_MAX)] | None = None,
    augment: bool = False,
    seed: Annotated[int, Between(*SEED_RANGE)] | None = None,
) -> Training:
    """Put a training into the queue; None leaves a value to the recipe, the seed to chance."""
    return await classroom.train(
        request.learner,
        request.place,
        recipe=recipe,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        augment=augment,
        seed=seed,
    )
