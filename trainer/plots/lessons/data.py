"""Lesson pictures about the data: intro, load, explore, preprocess."""

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.language import Language, class_name, sentences
from trainer.plots.page import (
    BLUE,
    HEAD,
    MARGIN,
    ORANGE,
    SOFT,
    figure_of,
    label_axes,
    letters,
    new_page,
    paste,
    place,
    to_png,
    write,
)
from trainer.runs.folder import Run
from trainer.steps.explore import count_labels
from trainer.steps.preprocess import scale

_PATCH: Final = 8  # rows and columns of the part that is shown in numbers
_EXAMPLES: Final = 9  # images for each class
_HISTOGRAM_IMAGES: Final = 1_000


def draw_intro(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    """One image of each class with its name."""
    say = sentences()
    step_x, step_y, size = 228, 256, 7
    train, test = (figure_of(len(images), language) for images in (dataset.train_images, dataset.test_images))
    note = say(language, "lesson.intro_note", train=train, test=test)
    page = new_page((1200, HEAD + 30 + 2 * step_y), language, dataset.name, say(language, "lesson.intro"), note)
    for label in range(10):
        row, column = divmod(label, 5)
        left, top = MARGIN + 6 + column * step_x, HEAD + 20 + row * step_y
        index = int(np.argmax(dataset.train_labels == label))
        paste(page, dataset.train_images[index], left, top, size)
        write(page, left + 14 * size, top + 28 * size + 26, class_name(language, label), 27, ha="center")
    return to_png(page)


def draw_load(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    """The table of labels: number, name, some images, how many of each class there are."""
    say = sentences()
    step, top = 76, HEAD + 60
    page = new_page((1200, top + 10 * step + 24), language, dataset.name, say(language, "lesson.load"))
    train, test = count_labels(dataset.train_labels), count_labels(dataset.test_labels)
    columns = (MARGIN + 14, MARGIN + 70, 310, 1030, 1160)
    for x, key, align in zip(
        columns,
        ("label", "name", "examples", "train", "test"),
        ("center", "left", "left", "right", "right"),
        strict=True,
    ):
        write(page, x, top - 34, say(language, f"lesson.load_{key}"), 23, SOFT, ha=align)
    for label in range(10):
        middle = top + label * step + step / 2
        write(page, columns[0], middle, str(label), 32, BLUE, ha="center")
        write(page, columns[1], middle, class_name(language, label), 27)
        for place_of, index in enumerate(np.flatnonzero(dataset.train_labels == label)[:_EXAMPLES]):
            paste(page, dataset.train_images[index], columns[2] + place_of * 64, round(middle) - 28, 2)
        write(page, columns[3], middle, str(train[label]), 27, ha="right")
        write(page, columns[4], middle, str(test[label]), 27, ha="right")
    return to_png(page)


def draw_explore(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    """The first training image beside a bar of all gray values, and a part of it in its real numbers."""
    say = sentences()
    image, label, size, top = dataset.train_images[0], int(dataset.train_labels[0]), 18, HEAD + 60
    page = new_page((1200, top + 28 * size + 40), language, dataset.name, say(language, "lesson.explore"))
    write(
        page, MARGIN, top - 32, say(language, "lesson.explore_image", name=class_name(language, label), label=label), 25
    )
    paste(page, image, MARGIN, top, size)
    paste(
        page,
        np.repeat(np.arange(255, -1, -1, dtype=np.uint8)[:, None], 14, axis=1)[:252],
        MARGIN + 28 * size + 16,
        top,
        2,
    )
    for value in (0, 64, 128, 192, 255):
        write(page, MARGIN + 28 * size + 52, top + (255 - value) / 255 * 28 * size, str(value), 21, SOFT)
    row, column = _lively_patch(image)
    frame = place(page, MARGIN, top, 28 * size, 28 * size, bare=True)
    frame.set(xlim=(0, 28), ylim=(28, 0))
    frame.add_patch(Rectangle((column, row), _PATCH, _PATCH, fill=False, edgecolor=ORANGE, linewidth=4))
    left = 1200 - MARGIN - 28 * size
    write(page, left, top - 32, say(language, "lesson.explore_close"), 25, ORANGE)
    axes = place(page, left, top, 28 * size, 28 * size, bare=True)
    draw_numbers(axes, image[row : row + _PATCH, column : column + _PATCH], "{:.0f}", 255)
    return to_png(page)


def draw_preprocess(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    """The same pixels before and after scaling, and how often each value occurs."""
    say = sentences()
    side, top = 504, HEAD + 50
    page = new_page((1200, top + side + 326), language, dataset.name, say(language, "lesson.preprocess"))
    row, column = _lively_patch(dataset.train_images[0])
    before = dataset.train_images[:_HISTOGRAM_IMAGES]
    for left, images, form, most, key in (
        (MARGIN, before, "{:.0f}", 255, "before"),
        (1200 - MARGIN - side, scale(before), "{:.2f}", 1, "after"),
    ):
        write(page, left, top - 30, say(language, f"lesson.{key}"), 27, BLUE)
        patch = images[0][row : row + _PATCH, column : column + _PATCH]
        draw_numbers(place(page, left, top, side, side, bare=True), patch, form, most)
        _draw_histogram(page, (left, top + side + 40, side, 190), images, most, language)
    write(page, 600, top + side / 2, "÷ 255", 30, BLUE, ha="center")
    return to_png(page)


def _draw_histogram(
    page: Figure, box: tuple[float, float, float, float], images: NDArray[Any], most: float, language: Language
) -> None:
    axes = place(page, *box)
    counts, edges = np.histogram(images, bins=51, range=(0, most))
    axes.bar(edges[:-1], counts, width=most / 51, align="edge", color=BLUE)
    axes.set_yscale("log")
    axes.set_xlim(-0.01 * most, most)
    axes.set_xticks(np.linspace(0, most, 6))
    axes.set_yticks([])
    axes.minorticks_off()
    axes.spines["left"].set_visible(False)
    label_axes(axes, x=sentences()(language, "lesson.histogram", count=len(images)), size=23)


def draw_numbers(axes: Axes, patch: NDArray[Any], form: str, most: float) -> None:
    """Pixels as gray squares with their values written on them."""
    axes.imshow(patch, cmap="gray", vmin=0, vmax=most, aspect="auto")
    for (row, column), value in np.ndenumerate(patch):
        colour = "black" if value > most / 2 else "white"
        axes.text(column, row, form.format(value), ha="center", va="center", color=colour, fontproperties=letters(24))


def _lively_patch(image: NDArray[np.uint8]) -> tuple[int, int]:
    """Row and column of the part whose numbers differ most: an edge of the garment, not its plain middle."""
    places = [(row, column) for row in range(2, 19) for column in range(2, 19)]
    return max(places, key=lambda at: float(image[at[0] : at[0] + _PATCH, at[1] : at[1] + _PATCH].std()))
