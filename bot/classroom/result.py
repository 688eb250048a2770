"""What every answer about a finished run says in the same words."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from bot.classroom.answer import Picture
from bot.classroom.wording import points
from bot.texts import texts
from trainer.language import Language
from trainer.runs.folder import Run

if TYPE_CHECKING:
    from bot.pictures.processes import PictureProcess

# Measured on the tutorial's network over five seeds: under 0.02 until the fifth epoch (one outlier), 0.026 to 0.043
# after the tenth.
OVERFITTING_GAP: Final = 0.02
HARDLY_LEARNED: Final = 0.2  # twice what guessing among ten classes gets


def practice_notice(dataset: str, language: Language) -> str:
    """The loud notice when the figures come from the practice set, else nothing."""
    return texts()(language, "classroom.practice") if dataset == "practice" else ""


def gap_sentence(metrics: Mapping[str, Any], language: Language) -> str:
    """What the difference between training and test accuracy says about overfitting."""
    if metrics["test_accuracy"] < HARDLY_LEARNED:
        return texts()(language, "train.gap_guessing")
    gap = round(metrics["train_accuracy"] - metrics["test_accuracy"], 3)  # as it is shown
    if gap <= 0:
        return texts()(language, "train.gap_none")
    key = "gap_large" if gap >= OVERFITTING_GAP else "gap_small"
    return texts()(language, f"train.{key}", points=points(gap))


async def curves_of(pictures: "PictureProcess", run: Run, language: Language) -> tuple[Picture, ...]:  # noqa: ARG001
    """The learning curves of a run; none if they cannot be drawn."""
    curves = await asyncio.to_thread(run.plot, "curves", language)
    return (Picture(f"curves-{run.path.name}.png", curves, texts()(language, "train.curve")),) if curves else ()
