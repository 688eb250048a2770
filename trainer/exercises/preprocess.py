"""Preprocess: one training image before and after scaling."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.language import Language
from trainer.plots.colours import BLUE
from trainer.plots.page import HEAD, MARGIN, WIDTH, Page
from trainer.plots.parts import draw_histogram
from trainer.steps.preprocess import scale

_SCALE: Final = 12
_COLUMN: Final = 504  # width of what belongs to one side


def run(dataset: Dataset, language: Language, seed: int) -> tuple[dict[str, Any], bytes]:
    """Type, least, largest and mean value of the image that `seed` draws, `before` and `after`."""
    index = int(np.random.default_rng(seed).integers(len(dataset.train_images)))
    before = dataset.train_images[index]
    after = scale(before)
    figures: dict[str, Any] = {"dataset": dataset.name, "index": index, "label": int(dataset.train_labels[index])}
    for name, image in (("before", before), ("after", after)):
        values = float(image.min()), float(image.max()), float(image.mean())
        figures[name] = {"dtype": str(image.dtype), "least": values[0], "largest": values[1], "mean": values[2]}
    return figures, _draw(language, dataset.name, before, after)


def _draw(language: Language, dataset_name: str, before: NDArray[np.uint8], after: NDArray[np.float32]) -> bytes:
    """The image on both sides, with the histogram of its values below."""
    page = Page(language, dataset_name, HEAD + 760, "exercise.preprocess")
    side, top = 28 * _SCALE, HEAD + 60
    for left, image, most, key in ((MARGIN, before, 255, "before"), (WIDTH - MARGIN - _COLUMN, after, 1, "after")):
        page.write(left, top - 34, page.say(f"lesson.{key}"), 27, BLUE)
        drawn = np.round(image * (255 / most)).astype(np.uint8)  # black is 0 and white the largest possible value
        page.paste(drawn, left + (_COLUMN - side) // 2, top, _SCALE)
        box = left, top + side + 40, _COLUMN, 230
        axes = draw_histogram(page, box, image, most, page.say("exercise.preprocess_values"))
        axes.set_ylim(bottom=0.6)  # below 1, so that a value of a single pixel has a bar
    page.write(WIDTH / 2, top + side / 2, "÷ 255", 32, BLUE, ha="center")
    return page.png()
