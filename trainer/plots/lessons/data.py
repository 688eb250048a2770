"""Lesson pictures about the data: intro, load, explore, preprocess."""

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.language import Language
from trainer.plots.colours import BLUE, MUTED, ORANGE
from trainer.plots.page import HEAD, MARGIN, WIDTH, Page, count_text, font
from trainer.plots.parts import draw_histogram
from trainer.runs.folder import Run
from trainer.steps.explore import count_labels
from trainer.steps.preprocess import scale

_PATCH: Final = 8  # rows and columns of the part that is shown as numbers
_EXAMPLES: Final = 9  # images of each class
_HISTOGRAM_IMAGES: Final = 1_000


def draw_intro(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    """One image of each class with its name."""
    step_x, step_y, size = 228, 256, 7
    train, test = (count_text(len(images), language) for images in (dataset.train_images, dataset.test_images))
    height = HEAD + 30 + 2 * step_y
    page = Page(language, dataset.name, height, "lesson.intro", "lesson.intro_note", train=train, test=test)
    for label in range(10):
        row, column = divmod(label, 5)
        left, top = MARGIN + 6 + column * step_x, HEAD + 20 + row * step_y
        page.paste(dataset.train_images[int(np.argmax(dataset.train_labels == label))], left, top, size)
        page.write(left + 14 * size, top + 28 * size + 26, page.class_name(label), 27, ha="center")
    return page.png()


def draw_load(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    """The table of classes: label, name, some images, and the number of training and test images."""
    step, top = 76, HEAD + 60
    page = Page(language, dataset.name, top + 10 * step + 24, "lesson.load")
    train, test = count_labels(dataset.train_labels), count_labels(dataset.test_labels)
    for x, key, align in (
        (MARGIN + 14, "label", "center"),
        (MARGIN + 70, "name", "left"),
        (310, "examples", "left"),
        (1030, "train", "right"),
        (1160, "test", "right"),
    ):
        page.write(x, top - 34, page.say(f"lesson.load_{key}"), 23, MUTED, ha=align)
    for label in range(10):
        middle = top + label * step + step / 2
        page.write(MARGIN + 14, middle, str(label), 32, BLUE, ha="center")
        page.write(MARGIN + 70, middle, page.class_name(label), 27)
        for number, index in enumerate(np.flatnonzero(dataset.train_labels == label)[:_EXAMPLES]):
            page.paste(dataset.train_images[index], 310 + number * 64, round(middle) - 28, 2)
        page.write(1030, middle, str(train[label]), 27, ha="right")
        page.write(1160, middle, str(test[label]), 27, ha="right")
    return page.png()


def draw_explore(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    """The first training image beside a scale of gray values, and a part of it as numbers."""
    image, label, size, top = dataset.train_images[0], int(dataset.train_labels[0]), 18, HEAD + 60
    side = 28 * size
    page = Page(language, dataset.name, top + side + 40, "lesson.explore")
    title = page.say("lesson.explore_image", name=page.class_name(label), label=label)
    page.write(MARGIN, top - 32, title, 25)
    page.paste(image, MARGIN, top, size)
    grays = np.repeat(np.arange(255, -1, -1, dtype=np.uint8)[:, None], 14, axis=1)
    page.paste(grays[:252], MARGIN + side + 16, top, 2)
    for value in (0, 64, 128, 192, 255):
        page.write(MARGIN + side + 52, top + (255 - value) / 255 * side, str(value), 21, MUTED)
    row, column = _varied_patch(image)
    frame = page.axes(MARGIN, top, side, side, bare=True)
    frame.set(xlim=(0, 28), ylim=(28, 0))
    frame.add_patch(Rectangle((column, row), _PATCH, _PATCH, fill=False, edgecolor=ORANGE, linewidth=4))
    left = WIDTH - MARGIN - side
    page.write(left, top - 32, page.say("lesson.explore_close"), 25, ORANGE)
    patch = image[row : row + _PATCH, column : column + _PATCH]
    _draw_numbers(page.axes(left, top, side, side, bare=True), patch, "{:.0f}", 255)
    return page.png()


def draw_preprocess(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    """The same pixels before and after scaling, and histograms of the values."""
    side, top = 504, HEAD + 50
    page = Page(language, dataset.name, top + side + 326, "lesson.preprocess")
    row, column = _varied_patch(dataset.train_images[0])
    before = dataset.train_images[:_HISTOGRAM_IMAGES]
    for left, images, form, most, key in (
        (MARGIN, before, "{:.0f}", 255, "before"),
        (WIDTH - MARGIN - side, scale(before), "{:.2f}", 1, "after"),
    ):
        page.write(left, top - 30, page.say(f"lesson.{key}"), 27, BLUE)
        patch = images[0][row : row + _PATCH, column : column + _PATCH]
        _draw_numbers(page.axes(left, top, side, side, bare=True), patch, form, most)
        label = page.say("lesson.histogram", count=len(images))
        draw_histogram(page, (left, top + side + 40, side, 190), images, most, label)
    page.write(WIDTH / 2, top + side / 2, "÷ 255", 30, BLUE, ha="center")
    return page.png()


def _draw_numbers(axes: Axes, patch: NDArray[Any], form: str, most: float) -> None:
    """Pixels in [0, most] as gray squares with their values written on them."""
    axes.imshow(patch, cmap="gray", vmin=0, vmax=most, aspect="auto")
    for (row, column), value in np.ndenumerate(patch):
        colour = "black" if value > most / 2 else "white"
        axes.text(column, row, form.format(value), ha="center", va="center", color=colour, fontproperties=font(24))


def _varied_patch(image: NDArray[np.uint8]) -> tuple[int, int]:
    """Top row and left column of the part whose values vary most, which is at an edge of the garment."""
    places = [(row, column) for row in range(2, 19) for column in range(2, 19)]
    return max(places, key=lambda at: float(image[at[0] : at[0] + _PATCH, at[1] : at[1] + _PATCH].std()))
