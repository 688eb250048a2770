"""Evaluate: a run answers all test images now."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trainer.confidence.calibration import calibrated, negative_log_likelihood
from trainer.data.dataset import Dataset
from trainer.language import Language
from trainer.plots.colours import RED
from trainer.plots.page import HEAD, MARGIN, Page
from trainer.runs.folder import Run
from trainer.steps.predict import Predictor

_AT_ONCE: Final = 100  # images; a network with convolutions takes 1 MB for each
_SHOWN: Final = 6  # wrong answers
_SCALE: Final = 11
_STEP_X: Final = 392
_STEP_Y: Final = 432


def run(opened: Run, dataset: Dataset, language: Language, seed: int) -> tuple[dict[str, Any], bytes]:
    """Figures on all test images, and some that the run answers wrongly, which `seed` draws.

    ValueError if the run was trained on another data set than `dataset`; RunError for a run that cannot be read.
    """
    if opened.dataset != dataset.name:
        raise ValueError(f"the run was trained on {opened.dataset}, not on {dataset.name}")
    images, labels = dataset.test_images, dataset.test_labels.astype(int)
    predictor = Predictor(opened, many=True)
    parts = [predictor.probabilities(images[first : first + _AT_ONCE]) for first in range(0, len(images), _AT_ONCE)]
    probabilities = np.concatenate(parts)
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    shown = np.sort(np.random.default_rng(seed).permutation(wrong)[:_SHOWN])
    confidence = calibrated(probabilities, opened.temperature).max(axis=1)  # as /predict shows it
    figures = {
        "dataset": dataset.name,
        "images": len(images),
        "right": len(images) - len(wrong),
        "loss": negative_log_likelihood(probabilities, labels),
        **_weakest(labels, answers),
        "wrong": tuple((int(at), int(labels[at]), int(answers[at]), float(confidence[at])) for at in shown),
    }
    if not len(wrong):
        return figures, b""
    return figures, _draw(language, dataset, figures["wrong"])


def _weakest(labels: NDArray[np.int_], answers: NDArray[np.int64]) -> dict[str, Any]:
    """The class with the smallest share of right answers: how many of how many, and what it is most often taken for."""
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (labels, answers), 1)
    totals, rights = confusion.sum(axis=1), np.diag(confusion)
    weakest = int(np.argmin(rights / np.maximum(totals, 1)))
    mistakes = confusion[weakest].copy()
    mistakes[weakest] = 0
    return {
        "weakest": weakest,
        "weakest_right": int(rights[weakest]),
        "weakest_images": int(totals[weakest]),
        "taken_for": int(mistakes.argmax()),
        "taken_for_count": int(mistakes.max()),
    }


def _draw(language: Language, dataset: Dataset, wrong: tuple[tuple[int, int, int, float], ...]) -> bytes:
    """The images of `wrong`, (index, class, answer, confidence) each, three to a row."""
    side, rows = 28 * _SCALE, -(-len(wrong) // 3)
    page = Page(language, dataset.name, HEAD + rows * _STEP_Y, "exercise.evaluate")
    for number, (index, label, answer, confidence) in enumerate(wrong):
        row, column = divmod(number, 3)
        left, top = MARGIN + column * _STEP_X, HEAD + row * _STEP_Y
        page.paste(dataset.test_images[index], left, top, _SCALE)
        page.write(left, top + side + 30, page.say("plot.truth", name=page.class_name(label)), 27)
        says = page.say("exercise.evaluate_answer", name=page.class_name(answer), share=f"{100 * confidence:.1f}")
        page.write(left, top + side + 70, says, 27, RED)
    return page.png()
