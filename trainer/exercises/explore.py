"""Explore: five fresh training images; which class is one of them, and what does a rule without a network say?"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.language import Language
from trainer.plots.colours import BLUE, MUTED, ORANGE, RED
from trainer.plots.page import HEAD, MARGIN, Page
from trainer.steps.explore import mean_images, nearest_mean

_SHOWN: Final = 5
_MISTAKABLE: Final = 3  # wrong options
_SCALE: Final = 11
_STEP_X: Final = 392  # from one image to the next


def run(dataset: Dataset, language: Language, seed: int, *, revealed: bool = False) -> tuple[dict[str, Any], bytes]:
    """The images that `seed` draws, numbered from 1; `asked` is the number of the one that is asked about.

    `options` are four classes in any order: that of the image, `right`, and the three others whose average images are
    nearest to it. `revealed` adds the `labels`, and as `answers` the classes of the nearest average images.
    """
    rng = np.random.default_rng(seed)
    indices = rng.choice(len(dataset.train_images), _SHOWN, replace=False)
    images, labels = dataset.train_images[indices], dataset.train_labels[indices]
    means = mean_images(dataset.train_images, dataset.train_labels)
    asked = int(rng.integers(_SHOWN))
    right = int(labels[asked])
    options = rng.permutation([right, *_mistakable(images[asked], means, right)])
    figures: dict[str, Any] = {
        "dataset": dataset.name,
        "indices": tuple(indices.tolist()),
        "shape": images.shape,
        "ranges": tuple((int(image.min()), int(image.max()), float(image.mean())) for image in images),
        "asked": asked + 1,
        "options": tuple(options.tolist()),
        "right": right,
    }
    if not revealed:
        return figures, _draw_question(Page(language, dataset.name, _height(90), "exercise.explore"), images, asked)
    answers = nearest_mean(images, means)
    figures |= {"labels": tuple(labels.tolist()), "answers": tuple(answers.tolist())}
    page = Page(language, dataset.name, _height(140), "exercise.explore_labels")
    return figures, _draw_labels(page, images, labels, answers)


def _mistakable(image: NDArray[np.uint8], means: NDArray[np.float32], right: int) -> list[int]:
    """The classes but `right` whose average images are nearest to the image uint8[28, 28], the nearest first."""
    distances = ((means - image) ** 2).sum(axis=(1, 2))
    return [int(label) for label in np.argsort(distances) if label != right][:_MISTAKABLE]


def _height(step_below: int) -> int:
    return HEAD + 2 * (28 * _SCALE + step_below)


def _place(number: int, step_below: int) -> tuple[int, int]:
    """Left and top of image 0 ... 4, three in the first row."""
    row, column = divmod(number, 3)
    return MARGIN + column * _STEP_X, HEAD + row * (28 * _SCALE + step_below)


def _draw_question(page: Page, images: NDArray[np.uint8], asked: int) -> bytes:
    """The numbered images, with a frame around the one that is asked about, and the question."""
    side = 28 * _SCALE
    for number, image in enumerate(images):
        left, top = _place(number, 90)
        page.paste(image, left, top, _SCALE)
        colour = ORANGE if number == asked else MUTED
        page.write(left + side / 2, top + side + 36, str(number + 1), 36, colour, ha="center")
        if number == asked:
            frame = page.axes(left - 8, top - 8, side + 16, side + 16)
            frame.set(xticks=[], yticks=[])
            frame.spines[:].set(visible=True, color=ORANGE, linewidth=5)
    left, top = _place(_SHOWN, 90)
    page.write(left, top + side / 2, page.say("exercise.explore_asked", number=asked + 1), 36, ORANGE, linespacing=1.5)
    return page.png()


def _draw_labels(page: Page, images: NDArray[np.uint8], labels: NDArray[np.uint8], answers: NDArray[np.int64]) -> bytes:
    """The numbered images, each with its class and with that of the nearest average image below."""
    side = 28 * _SCALE
    for number, (image, label, answer) in enumerate(zip(images, labels.tolist(), answers.tolist(), strict=True)):
        left, top = _place(number, 140)
        page.paste(image, left, top, _SCALE)
        page.write(left, top + side + 32, f"{number + 1}  {page.class_name(label)}", 32)
        nearest = page.say("exercise.explore_nearest", name=page.class_name(answer))
        page.write(left, top + side + 78, nearest, 25, BLUE if answer == label else RED)
    left, top = _place(_SHOWN, 140)
    correct = page.say("exercise.explore_correct", count=int((answers == labels).sum()), total=_SHOWN)
    page.write(left, top + side / 2, correct, 30, linespacing=1.5)
    return page.png()
