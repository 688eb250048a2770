"""The pictures of a run: samples, learning curves, confusion matrix, predictions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.events import EpochEnded
from trainer.language import Language
from trainer.plots.colours import BLUE, FAINT, GRAY, GRID, MUTED, ORANGE, RED, TEXT
from trainer.plots.page import HEAD, MARGIN, Box, Page, fill_boxes, font, label_axes

_SAMPLES: Final = 25  # five rows and five columns
_ANSWERS: Final = 15  # five rows and three columns, as in the tutorial


def draw_run(
    folder: Path,
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
            "samples": draw_samples(dataset, language),
            "curves": draw_curves(history, language, dataset.name),
            "confusion": draw_confusion(confusion, language, dataset.name),
            "predictions": draw_predictions(dataset, probabilities, language),
        }
        for name, picture in pictures.items():
            (folder / f"{name}.{language}.png").write_bytes(picture)


def draw_samples(dataset: Dataset, language: Language) -> bytes:
    """The first 25 training images with the names of their classes."""
    side, step_x, step_y = 28 * 7, 228, 252
    page = Page(language, dataset.name, HEAD + 5 * step_y + 16, "plot.samples")
    for index in range(_SAMPLES):
        row, column = divmod(index, 5)
        left, top = MARGIN + 6 + column * step_x, HEAD - 20 + row * step_y
        page.paste(dataset.train_images[index], left, top, 7)
        name = page.class_name(int(dataset.train_labels[index]))
        page.write(left + side / 2, top + side + 24, name, 26, ha="center")
    return page.png()


def draw_curves(history: Sequence[EpochEnded], language: Language, dataset_name: str) -> bytes:
    """Loss and accuracy on training and test images after each epoch, with the last value and the best test value."""
    page = Page(language, dataset_name, 1230, "plot.curves")
    for name, top in (("loss", HEAD + 40), ("accuracy", HEAD + 590)):
        _draw_curve(page, page.axes(130, top, 880, 410), history, name)
    return page.png()


def _draw_curve(page: Page, axes: Axes, history: Sequence[EpochEnded], name: str) -> None:
    """`loss` or `accuracy` over the epochs."""
    epochs = [one.epoch for one in history]
    ends: list[tuple[float, str, str]] = []
    for prefix, colour, key in (("", BLUE, "plot.train"), ("test_", ORANGE, "plot.test")):
        values = [getattr(one, prefix + name) for one in history]
        axes.plot(epochs, values, "o-", color=colour, linewidth=3.5, markersize=8)
        ends.append((values[-1], colour, f"{page.say(key)}\n{values[-1]:.3f}"))
        if prefix:
            _mark_best(page, axes, epochs, values, name)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.grid(color=GRID, linewidth=1.2)
    axes.margins(x=0.03, y=0.16)
    if len(epochs) == 1:
        axes.set_xlim(0.5, 1.5)
    label_axes(axes, x=page.say("plot.epoch"), title=page.say(f"plot.{name}"))
    _label_ends(axes, ends)


def _mark_best(page: Page, axes: Axes, epochs: list[int], values: list[float], name: str) -> None:
    """A ring around the best epoch on the test images, if it is not the last, whose network is saved."""
    best = int(np.argmin(values) if name == "loss" else np.argmax(values))
    if best == len(values) - 1:
        return
    axes.plot(epochs[best], values[best], "o", markersize=17, markeredgewidth=2.5, fillstyle="none", color=ORANGE)
    axes.annotate(
        page.say("plot.best", value=f"{values[best]:.3f}", epoch=epochs[best]),
        (1, 1), xycoords="axes fraction", xytext=(0, 24), textcoords="offset pixels", ha="right", va="center",
        fontproperties=font(21), color=ORANGE, annotation_clip=False,
    )  # fmt: skip


def _label_ends(axes: Axes, ends: list[tuple[float, str, str]]) -> None:
    """The name and last value of each line to its right; moved apart if they would overlap."""
    (low, high), height = axes.get_ylim(), axes.get_window_extent().height
    wanted = sorted(((value - low) / (high - low) * height, colour, text) for value, colour, text in ends)
    room = 84
    middle = (wanted[0][0] + wanted[1][0]) / 2
    close = wanted[1][0] - wanted[0][0] < room
    for offset, (y, colour, text) in zip((-0.5, 0.5), wanted, strict=True):
        at = middle + offset * room if close else y
        axes.annotate(
            text, (1, at / height), xycoords="axes fraction", xytext=(14, 0), textcoords="offset pixels",
            va="center", fontproperties=font(23), color=colour, annotation_clip=False,
        )  # fmt: skip


def draw_confusion(
    confusion: NDArray[Any],
    language: Language,
    dataset_name: str,
    title: str = "plot.confusion",
    note: str = "plot.confusion_note",
    columns: str = "plot.predicted",
    **values: object,
) -> bytes:
    """Counts int[10, 10], true classes as rows, with the share of each row in percent, and the recall to the right.

    `title`, `note` and `columns` (below the matrix) are keys of sentences, filled with `values`.
    """
    counts = np.asarray(confusion)
    totals = counts.sum(axis=1)
    shares = counts / np.maximum(totals, 1)[:, None]
    cell, left, top = 92, 205, HEAD + 50
    size = 10 * cell
    page = Page(language, dataset_name, top + size + 190, title, note, width=left + size + 130, **values)
    _draw_cells(page.axes(left, top, size, size, bare=True), counts, shares)
    for label in range(10):
        middle, name = (label + 0.5) * cell, page.class_name(label)
        page.write(left - 14, top + middle, name, 25, ha="right")
        recall = f"{100 * shares[label, label]:.1f} %" if totals[label] else "-"
        page.write(left + size + 18, top + middle, recall, 25, BLUE)
        turned = {"ha": "right", "va": "top", "rotation": 40, "rotation_mode": "anchor"}
        page.write(left + middle + 18, top + size + 14, name, 25, **turned)
    page.write(left + size + 18, top - 26, page.say("plot.recall"), 23, BLUE)
    page.write(left - 14, top - 26, page.say("plot.actual"), 23, MUTED, ha="right")
    page.write(left + 5 * cell, top + size + 166, page.say(columns), 23, MUTED, ha="center")
    return page.png()


def _draw_cells(axes: Axes, counts: NDArray[Any], shares: NDArray[Any]) -> None:
    """One cell for each count, coloured by its share of the row."""
    cells = [(column - 0.5, row - 0.5, 1.0, 1.0) for row, column in np.ndindex(10, 10)]
    fill_boxes(axes, cells, [to_hex(colour) for colour in colormaps["Blues"](shares.ravel())])
    for edge in range(11):
        axes.plot((edge - 0.5, edge - 0.5), (-0.5, 9.5), color="white", linewidth=2)
        axes.plot((-0.5, 9.5), (edge - 0.5, edge - 0.5), color="white", linewidth=2)
    axes.set(xlim=(-0.5, 9.5), ylim=(9.5, -0.5))
    for (row, column), count in np.ndenumerate(counts):
        if count:
            share = float(shares[row, column])
            percent, colour = round(100 * share), "white" if share > 0.5 else TEXT  # noqa: PLR2004
            style: dict[str, Any] = {"ha": "center", "va": "center", "color": colour}
            axes.text(column, row - (0.14 if percent else 0), str(count), fontproperties=font(25), **style)
            axes.text(column, row + 0.24, f"{percent} %" if percent else "", fontproperties=font(18), **style)


def draw_predictions(dataset: Dataset, probabilities: NDArray[np.float32], language: Language) -> bytes:
    """The first 15 test images, each with ten bars of `probabilities` float32[n, 10], three to a row."""
    wide, high, scale = 420, 262, 6
    side, rows = 28 * scale, -(-_ANSWERS // 3)
    width, height = 2 * MARGIN + 3 * wide - 20, HEAD + 20 + rows * high + 90
    page = Page(language, dataset.name, height, "plot.predictions", "plot.predictions_note", width=width)
    canvas = page.whole()
    for index, shares in enumerate(probabilities[:_ANSWERS]):
        row, column = divmod(index, 3)
        left, top, label = MARGIN + column * wide, HEAD + 20 + row * high, int(dataset.test_labels[index])
        page.paste(dataset.test_images[index], left, top, scale)
        _draw_upright_bars(page, canvas, (left + side + 16, top, 190, side), shares, label)
        answer = int(shares.argmax())
        text = f"{page.class_name(answer)} {100 * shares[answer]:.0f} %"
        page.write(left, top + side + 22, text, 23, BLUE if answer == label else RED)
        if answer != label:
            page.write(left, top + side + 50, page.say("plot.truth", name=page.class_name(label)), 21)
    for label in range(10):
        half, column = divmod(label, 5)
        x, y = MARGIN + column * 252, HEAD + 40 + rows * high + 38 * half
        page.write(x, y, f"{label}  {page.class_name(label)}", 22, MUTED)
    return page.png()


def _draw_upright_bars(page: Page, canvas: Axes, box: Box, shares: NDArray[Any], label: int) -> None:
    """Ten bars above the class numbers; the full height is 100 %."""
    left, top, width, height = box
    step, room = width / 10, height - 24  # 24 for the numbers
    lefts = [left + number * step for number in range(10)]
    fill_boxes(canvas, [(x, top, 0.8 * step, room) for x in lefts], [FAINT] * 10)
    bars = [(x, top + room * (1 - share), 0.8 * step, room * share) for x, share in zip(lefts, shares, strict=True)]
    fill_boxes(canvas, bars, bar_colours(shares, label))
    for number, x in enumerate(lefts):
        page.write(x + 0.4 * step, top + height - 10, str(number), 17, MUTED, ha="center")


def bar_colours(shares: NDArray[Any], label: int) -> list[str]:
    """The right class blue, a wrong answer red, all others gray."""
    colours = [GRAY] * 10
    colours[int(np.argmax(shares))] = RED
    colours[label] = BLUE
    return colours
