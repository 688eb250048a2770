"""The pictures of a run: samples, learning curves, confusion matrix, predictions; PNG in the reader's language."""

import io
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from trainer.events import EpochEnded
from trainer.font import font_path
from trainer.language import Language, class_name, sentences
from trainer.load import Dataset

BLUE: Final = "#1f6fb5"  # right, and the training data
RED: Final = "#c8362d"  # wrong
ORANGE: Final = "#d9822b"  # the test data
GRAY: Final = "#777777"
INK: Final = "#222222"
_DPI: Final = 120


def font(size: float) -> FontProperties:
    """The font of all pictures, `size` in points."""
    return FontProperties(fname=str(font_path()), size=size)


def new_figure(width: float, height: float, language: Language, dataset_name: str, title: str = "") -> Figure:
    """A figure of so many inches with its title, and the notice that belongs on everything from the practice set."""
    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    practice = sentences()(language, "plot.practice") if dataset_name == "practice" else ""
    text = "\n".join(part for part in (title, practice) if part)
    if text:
        figure.suptitle(text, fontproperties=font(13), color=RED if practice else INK)
    return figure


def to_png(figure: Figure) -> bytes:
    """The finished picture."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()


def label_axes(axes: Any, *, x: str = "", y: str = "", title: str = "") -> None:
    """Labels and ticks in the font that knows Chinese."""
    axes.set_xlabel(x, fontproperties=font(11))
    axes.set_ylabel(y, fontproperties=font(11))
    axes.set_title(title, fontproperties=font(12))
    for tick in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        tick.set_fontproperties(font(10))


def draw_samples(dataset: Dataset, language: Language) -> bytes:
    """The first 25 training images with their names."""
    figure = new_figure(8, 9, language, dataset.name, sentences()(language, "plot.samples"))
    for axes, image, label in zip(figure.subplots(5, 5).flat, dataset.train_images, dataset.train_labels, strict=False):
        show_image(axes, image)
        axes.set_xlabel(class_name(language, int(label)), fontproperties=font(11))
    return to_png(figure)


def show_image(axes: Any, image: NDArray[np.uint8]) -> None:
    """One 28 x 28 image, dark on white as the tutorial shows it."""
    axes.imshow(image, cmap="binary", vmin=0, vmax=255)
    axes.set_xticks([])
    axes.set_yticks([])


def draw_curves(history: Sequence[EpochEnded], language: Language, dataset_name: str) -> bytes:
    """Loss and accuracy after each epoch, for training and test images."""
    say = sentences()
    figure = new_figure(10, 4.6, language, dataset_name, say(language, "plot.curves"))
    epochs = [one.epoch for one in history]
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for prefix, colour, key in (("", BLUE, "plot.train"), ("test_", ORANGE, "plot.test")):
            values = [getattr(one, prefix + name) for one in history]
            axes.plot(epochs, values, "o-", color=colour, linewidth=2, markersize=4, label=say(language, key))
            axes.annotate(
                f"{values[-1]:.3f}",
                (epochs[-1], values[-1]),
                xytext=(6, 0),
                textcoords="offset points",
                color=colour,
                fontproperties=font(9),
                va="center",
            )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.margins(x=0.14)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        label_axes(axes, x=say(language, "plot.epoch"), title=say(language, f"plot.{name}"))
        axes.legend(prop=font(10), frameon=False)
    return to_png(figure)


def draw_confusion(confusion: NDArray[np.int64], language: Language, dataset_name: str, title: str = "") -> bytes:
    """Counts and shares, int64[10, 10] with the true class as row."""
    say = sentences()
    counts = np.asarray(confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = new_figure(9.4, 8.6, language, dataset_name, title or say(language, "plot.confusion"))
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > 0.5 else INK  # noqa: PLR2004 readable on either shade
            axes.text(column, row, str(count), ha="center", va="center", color=colour, fontproperties=font(10))
    names = [class_name(language, label) for label in range(10)]
    rows = [f"{name}  {100 * shares[label, label]:.0f} %" for label, name in enumerate(names)]
    axes.set_xticks(range(10), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(10), rows)
    axes.tick_params(length=0)
    label_axes(axes, x=say(language, "plot.predicted"), y=say(language, "plot.actual"))
    return to_png(figure)


def draw_predictions(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    probabilities: NDArray[np.float32],
    language: Language,
    dataset_name: str,
) -> bytes:
    """Pairs of image and bars, three in a row: right answers blue, wrong ones red, all other bars gray."""
    rows = -(-len(images) // 3)
    figure = new_figure(11, 2.25 * rows, language, dataset_name, sentences()(language, "plot.predictions"))
    grid = figure.subplots(rows, 6, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for index, (image, label, shares) in enumerate(zip(images, labels, probabilities, strict=True)):
        row, pair = divmod(index, 3)
        picture, bars = grid[row, 2 * pair], grid[row, 2 * pair + 1]
        answer = int(shares.argmax())
        colour = BLUE if answer == label else RED
        picture.imshow(image, cmap="binary", vmin=0, vmax=255)
        said = f"{class_name(language, answer)} {100 * shares[answer]:.0f} %"
        if answer != label:
            said += f"\n({class_name(language, int(label))})"
        picture.set_title(said, fontproperties=font(10), color=colour, pad=3)
        colours = [GRAY] * 10
        colours[answer] = RED
        colours[int(label)] = BLUE
        bars.set_axis_on()
        bars.bar(range(10), shares, color=colours)
        bars.set_ylim(0, 1)
        bars.set_xticks(range(10), [str(number) for number in range(10)])
        bars.set_yticks([])
        bars.spines[["top", "right", "left"]].set_visible(False)
        for tick in bars.get_xticklabels():
            tick.set_fontproperties(font(7))
    return to_png(figure)
