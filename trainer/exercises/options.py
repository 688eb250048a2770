"""The images of a question whose options are images: one of each class, or one boot in several ways."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.language import Language
from trainer.plots.page import HEAD, MARGIN, Page

_SCALE: Final = 9
_STEP_X: Final = 300
_BOOT: Final = 9
Image = NDArray[np.uint8]

# What is done to an image uint8[28, 28].
WAYS: Final[dict[str, Callable[[Image], Image]]] = {
    "same": lambda image: image,
    "shifted": lambda image: np.roll(np.pad(image, ((0, 0), (0, 1))), 1, axis=1)[:, :28],
    "darker": lambda image: (image * 0.99).astype(np.uint8),
    "inverted": lambda image: 255 - image,
}


def draw_options(dataset: Dataset, language: Language, seed: int, options: tuple[str, ...]) -> bytes:
    """The PNG of up to four test images with the letters A to D, drawn by `seed`.

    options: the label of a class, "0" to "9", for a random image of it, or a key of WAYS for what is done to one boot.
    """
    rng = np.random.default_rng(seed)
    boot = _one_of(dataset, _BOOT, rng)
    images = [WAYS[one](boot) if one in WAYS else _one_of(dataset, int(one), rng) for one in options]
    page = Page(language, dataset.name, HEAD + 28 * _SCALE + 80, "exercise.options")
    for number, image in enumerate(images):
        left = MARGIN + number * _STEP_X
        page.paste(image, left, HEAD, _SCALE)
        page.write(left + 14 * _SCALE, HEAD + 28 * _SCALE + 36, "ABCD"[number], 34, ha="center")
    return page.png()


def _one_of(dataset: Dataset, label: int, rng: np.random.Generator) -> Image:
    return dataset.test_images[rng.choice(np.flatnonzero(dataset.test_labels == label))]
