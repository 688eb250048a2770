"""Sentences and plots that several answers about a finished run share."""

import logging
from collections.abc import Mapping
from typing import Any, Final, Literal

from bot.classroom.answer import Picture
from bot.classroom.wording import fraction, points
from bot.pictures.processes import Pictures
from bot.texts import texts
from trainer.errors import TutorError
from trainer.language import Language
from trainer.runs.folder import Run

# With five seeds, the gap of the tutorial's network is below 0.02 until the fifth epoch (with one exception), and
# 0.026 to 0.043 after the tenth.
OVERFITTING_GAP: Final = 0.02
HARDLY_LEARNED: Final = 0.2  # twice the accuracy of guessing among ten classes
_ALT: Final = {"curves": "train.curve", "confusion": "accuracy.confusion"}
_log = logging.getLogger(__name__)


def practice_notice(dataset: str, language: Language) -> str:
    """The notice that the figures come from the practice set; "" for the real data set."""
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


def guess_sentence(guess: float, accuracy: float, language: Language) -> str:
    """How far a guess was from the accuracy that was reached, both as shares."""
    difference = round(guess - accuracy, 3)
    key = "exact" if difference == 0 else "too_high" if difference > 0 else "too_low"
    return texts()(language, f"train.guess_{key}", guess=fraction(guess), points=points(difference))


async def plot_of(
    pictures: Pictures, run: Run, name: Literal["curves", "confusion"], language: Language
) -> tuple[Picture, ...]:
    """The learning curves or the confusion matrix of a run; empty if it cannot be drawn."""
    try:
        drawn = await pictures.draw_run_plot(run.path, name, language)
    except (TutorError, OSError) as error:
        _log.warning("no picture %s of the run %s: %s", name, run.path.name, error)
        return ()
    return (Picture(f"{name}-{run.path.name}.png", drawn, texts()(language, _ALT[name])),)
