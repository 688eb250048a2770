"""Build: the tutorial's network, and what it says of an image before it was trained."""

from typing import Any, Final

import numpy as np

from trainer.data.dataset import Dataset
from trainer.language import Language
from trainer.plots.page import HEAD, MARGIN, WIDTH, Page
from trainer.plots.parts import draw_named_bars
from trainer.steps.build import build
from trainer.steps.preprocess import scale

RECIPE: Final = "tutorial"
_SCALE: Final = 15


def run(dataset: Dataset, language: Language, seed: int) -> tuple[dict[str, Any], bytes]:
    """The layers with their output shapes and parameters, and ten probabilities for the test image that `seed` draws.

    `seed` also decides the first weights.
    """
    index = int(np.random.default_rng(seed).integers(len(dataset.test_images)))
    image, label = dataset.test_images[index], int(dataset.test_labels[index])
    model = build(RECIPE, seed)
    probabilities = np.asarray(model(scale(image[None])))[0]
    figures = {
        "dataset": dataset.name,
        "layers": tuple(
            (type(layer).__name__, tuple(layer.output.shape), layer.count_params()) for layer in model.layers
        ),
        "parameters": model.count_params(),
        "index": index,
        "label": label,
        "probabilities": tuple(probabilities.tolist()),
    }

    side, top = 28 * _SCALE, HEAD + 30
    page = Page(language, dataset.name, top + side + 100, "exercise.build", "exercise.build_note")
    page.paste(image, MARGIN, top, _SCALE)
    page.write(MARGIN + side / 2, top + side + 40, page.say("plot.truth", name=page.class_name(label)), 30, ha="center")
    left = MARGIN + side + 30
    draw_named_bars(page, (left, top, WIDTH - MARGIN - left, side), probabilities, label)
    return figures, page.png()
