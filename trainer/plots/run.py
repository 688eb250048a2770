"""The pictures of a run: samples, learning curves, confusion matrix, predictions; PNG in the reader's language."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.events import EpochEnded
from trainer.language import Language, class_name, sentences
from trainer.plots.page import (
    BLUE,
    FAINT,
    GRAY,
    HEAD,
    INK,
    LINE,
    MARGIN,
    ORANGE,
    RED,
    SOFT,
    fill_boxes,
    label_axes,
    letters,
    new_page,
    paste,
    place,
    to_png,
    whole,
    write,
)

_TILE: Final = 6  # pixels of the picture for each pixel of an image
_SAMPLES: Final = 25  # five rows and five columns
_ANSWERS: Final = 15  # the tutorial's grid of five rows and three columns
_READABLE: Final = 0.5  # from this shade of blue on, numbers are white


def first_samples(dataset: Dataset) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The training images that are shown, uint8[25, 28, 28], and their labels: no more travels to where it is drawn."""
    return dataset.train_images[:_SAMPLES], dataset.train_labels[:_SAMPLES]


def first_answers(
    dataset: Dataset, probabilities: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
    """The test images that are shown, uint8[15, 28, 28], their labels, and of float32[n, 10] what was answered."""
    return dataset.test_images[:_ANSWERS], dataset.test_labels[:_ANSWERS], probabilities[:_ANSWERS]


def draw_run(
    folder: Path,
    *,
    dataset: Dataset,
    history: Sequence[EpochEnded],
    confusion: NDArray[Any],
    probabilities: NDArray[np.float32],
    languages: Sequence[Language],
) -> None:
    """Draw the four pictures of a run in each language: `samples`, `curves`, `confusion`, `predictions`.

    Writes `<name>.<language>.png` into `folder`, which is created if it is missing; OSError. `confusion` int64[10, 10]
    and `probabilities` float32[n, 10] belong to the test images of `dataset`.
    """
    folder.mkdir(exist_ok=True)
    for language in languages:
        pictures = {
            "samples": draw_samples(*first_samples(dataset), language, dataset.name),
            "curves": draw_curves(history, language, dataset.name),
            "confusion": draw_confusion(confusion, language, dataset.name),
            "predictions": draw_predictions(*first_answers(dataset, probabilities), language, dataset.name),
        }
        for name, picture in pictures.items():
            (folder / f"{name}.{language}.png").write_bytes(picture)


def draw_samples(images: NDArray[np.uint8], labels: NDArray[np.uint8], language: Language, dataset_name: str) -> bytes:
    """25 training images with their names."""
    side, step_x, step_y = 28 * 7, 228, 252
    page = new_page((1200, HEAD + 5 * step_y + 16), language, dataset_name, sentences()(language, "plot.samples"))
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        row, column = divmod(index, 5)
        left, top = MARGIN + 6 + column * step_x, HEAD - 20 + row * step_y
        paste(page, image, left, top, 7)
        write(page, left + side / 2, top + side + 24, class_name(language, int(label)), 26, ha="center")
    return to_png(page)


def draw_curves(history: Sequence[EpochEnded], language: Language, dataset_name: str) -> bytes:
    """Loss and accuracy after each epoch, for training and test images; the last and the best test value in figures."""
    say = sentences()
    page = new_page((1200, 1230), language, dataset_name, say(language, "plot.curves"))
    for name, top in (("loss", HEAD + 40), ("accuracy", HEAD + 590)):
        draw_curve(place(page, 130, top, 880, 410), history, name, language)
    return to_png(page)


def draw_curve(axes: Axes, history: Sequence[EpochEnded], name: str, language: Language) -> None:
    """One of `loss` and `accuracy` over the epochs."""
    say = sentences()
    epochs = [one.epoch for one in history]
    ends: list[tuple[float, str, str]] = []
    for prefix, colour, key in (("", BLUE, "plot.train"), ("test_", ORANGE, "plot.test")):
        values = [getattr(one, prefix + name) for one in history]
        axes.plot(epochs, values, "o-", color=colour, linewidth=3.5, markersize=8)
        ends.append((values[-1], colour, f"{say(language, key)}\n{values[-1]:.3f}"))
        if prefix:
            _mark_best(axes, epochs, values, name, language)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.grid(color=LINE, linewidth=1.2)
    axes.margins(x=0.03, y=0.16)
    if len(epochs) == 1:
        axes.set_xlim(0.5, 1.5)
    label_axes(axes, x=say(language, "plot.epoch"), title=say(language, f"plot.{name}"))
    _label_ends(axes, ends)


def _mark_best(axes: Axes, epochs: list[int], values: list[float], name: str, language: Language) -> None:
    """A ring around the best epoch on the test images, where that is not the last: the last one is what is saved."""
    best = int(np.argmin(values) if name == "loss" else np.argmax(values))
    if best == len(values) - 1:
        return
    axes.plot(epochs[best], values[best], "o", markersize=17, markeredgewidth=2.5, fillstyle="none", color=ORANGE)
    text = sentences()(language, "plot.best", value=f"{values[best]:.3f}", epoch=epochs[best])
    axes.annotate(
        text, (1, 1), xycoords="axes fraction", xytext=(0, 24), textcoords="offset pixels", ha="right", va="center",
        fontproperties=letters(21), color=ORANGE, annotation_clip=False,
    )  # fmt: skip


def _label_ends(axes: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Each line's name and last value to its right, moved apart where the lines end close to each other."""
    (low, high), height = axes.get_ylim(), axes.get_window_extent().height
    wanted = sorted(((value - low) / (high - low) * height, colour, text) for value, colour, text in ends)
    room = 84
    middle = (wanted[0][0] + wanted[1][0]) / 2
    close = wanted[1][0] - wanted[0][0] < room
    for place_of, (y, colour, text) in zip((-0.5, 0.5), wanted, strict=True):
        at = middle + place_of * room if close else y
        axes.annotate(
            text, (1, at / height), xycoords="axes fraction", xytext=(14, 0), textcoords="offset pixels",
            va="center", fontproperties=letters(23), color=colour, annotation_clip=False,
        )  # fmt: skip


def draw_confusion(
    confusion: NDArray[Any], language: Language, dataset_name: str, title: str = "", note: str = "", says: str = ""
) -> bytes:
    """Counts int64[10, 10] with the true class as row, the shares of each row in percent, and the recall beside it."""
    say = sentences()
    counts = np.asarray(confusion)
    totals = counts.sum(axis=1)
    shares = counts / np.maximum(totals, 1)[:, None]
    cell, left, top = 92, 205, HEAD + 50
    page = new_page(
        (left + 10 * cell + 130, top + 10 * cell + 190),
        language,
        dataset_name,
        title or say(language, "plot.confusion"),
        note or say(language, "plot.confusion_note"),
    )
    axes = place(page, left, top, 10 * cell, 10 * cell, bare=True)
    cells = [(column - 0.5, row - 0.5, 1.0, 1.0) for row, column in np.ndindex(10, 10)]
    fill_boxes(axes, cells, [to_hex(colour) for colour in colormaps["Blues"](shares.ravel())])
    for edge in range(11):
        axes.plot((edge - 0.5, edge - 0.5), (-0.5, 9.5), color="white", linewidth=2)
        axes.plot((-0.5, 9.5), (edge - 0.5, edge - 0.5), color="white", linewidth=2)
    axes.set(xlim=(-0.5, 9.5), ylim=(9.5, -0.5))
    for (row, column), count in np.ndenumerate(counts):
        if count:
            _write_cell(axes, row, column, int(count), float(shares[row, column]))
    for label in range(10):
        middle = (label + 0.5) * cell
        write(page, left - 14, top + middle, class_name(language, label), 25, ha="right")
        recall = f"{100 * shares[label, label]:.1f} %"
        write(page, left + 10 * cell + 18, top + middle, recall if totals[label] else "-", 25, BLUE)
        write(
            page, left + middle + 18, top + 10 * cell + 14, class_name(language, label), 25,
            ha="right", va="top", rotation=40, rotation_mode="anchor",
        )  # fmt: skip
    write(page, left + 10 * cell + 18, top - 26, say(language, "plot.recall"), 23, BLUE)
    write(page, left - 14, top - 26, say(language, "plot.actual"), 23, SOFT, ha="right")
    write(page, left + 5 * cell, top + 10 * cell + 166, says or say(language, "plot.predicted"), 23, SOFT, ha="center")
    return to_png(page)


def _write_cell(axes: Axes, row: int, column: int, count: int, share: float) -> None:
    colour = "white" if share > _READABLE else INK
    percent = f"{round(100 * share)} %" if round(100 * share) else ""
    axes.text(
        column, row - (0.14 if percent else 0), str(count), ha="center", va="center", color=colour,
        fontproperties=letters(25),
    )  # fmt: skip
    axes.text(column, row + 0.24, percent, ha="center", va="center", color=colour, fontproperties=letters(18))


def draw_predictions(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    probabilities: NDArray[np.float32],
    language: Language,
    dataset_name: str,
) -> bytes:
    """Pairs of image and ten bars, three pairs a row: right answers blue, wrong ones red, all other bars gray."""
    say = sentences()
    rows = -(-len(images) // 3)
    wide, high, side = 420, 262, 28 * _TILE
    page = new_page(
        (2 * MARGIN + 3 * wide - 20, HEAD + 20 + rows * high + 90),
        language,
        dataset_name,
        say(language, "plot.predictions"),
        say(language, "plot.predictions_note"),
    )
    canvas = whole(page)
    for index, (image, label, shares) in enumerate(zip(images, labels, probabilities, strict=True)):
        row, column = divmod(index, 3)
        left, top = MARGIN + column * wide, HEAD + 20 + row * high
        paste(page, image, left, top, _TILE)
        draw_upright_bars(page, canvas, (left + side + 16, top, 190, side), shares, int(label))
        answer = int(shares.argmax())
        said = f"{class_name(language, answer)} {100 * shares[answer]:.0f} %"
        right = answer == int(label)
        write(page, left, top + side + 22, said, 23, BLUE if right else RED)
        if not right:
            write(page, left, top + side + 50, say(language, "plot.truth", name=class_name(language, int(label))), 21)
    for half, numbers in enumerate((range(5), range(5, 10))):
        for place_of, number in enumerate(numbers):
            x, y = MARGIN + place_of * 252, HEAD + 40 + rows * high + 38 * half
            write(page, x, y, f"{number}  {class_name(language, number)}", 22, SOFT)
    return to_png(page)


def draw_upright_bars(
    page: Figure, canvas: Axes, box: tuple[float, float, float, float], shares: NDArray[Any], label: int
) -> None:
    """Ten bars over the class numbers in a box (left, top, width, height) of the page; the full height is 100 %."""
    left, top, width, height = box
    step, room = width / 10, height - 24  # 24 for the numbers
    places = [left + number * step for number in range(10)]
    fill_boxes(canvas, [(x, top, 0.8 * step, room) for x in places], [FAINT] * 10)
    bars = [(x, top + room * (1 - share), 0.8 * step, room * share) for x, share in zip(places, shares, strict=True)]
    fill_boxes(canvas, bars, bar_colours(shares, label))
    for number, x in enumerate(places):
        write(page, x + 0.4 * step, top + height - 10, str(number), 17, SOFT, ha="center")


def bar_colours(shares: NDArray[Any], label: int) -> list[str]:
    """The right class blue, a wrong answer red, all others gray."""
    colours = [GRAY] * 10
    colours[int(np.argmax(shares))] = RED
    colours[label] = BLUE
    return colours
