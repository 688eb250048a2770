"""The pictures of the lessons, computed from the data set and, where there is one, from the learner's own run."""

from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from trainer.explore import count_labels, mean_images, nearest_mean
from trainer.language import Language, class_name, sentences
from trainer.load import Dataset
from trainer.plots import (
    BLUE,
    GRAY,
    ORANGE,
    RED,
    draw_confusion,
    draw_curves,
    font,
    label_axes,
    new_figure,
    show_image,
    to_png,
)
from trainer.predict import Predictor
from trainer.preprocess import scale
from trainer.runs import Run
from trainer.weights import hidden_weights

_BATCH: Final = 32
_PATCH: Final = slice(10, 18)  # eight rows and columns from the middle of an image


def draw_lesson(step: str, language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """The PNG of one step (see trainer.STEPS); KeyError for another word."""
    return _LESSONS[step](language, dataset, run)


def _figure(step: str, language: Language, dataset: Dataset, size: tuple[float, float] = (9, 5)) -> Figure:
    return new_figure(*size, language, dataset.name, sentences()(language, f"lesson.{step}"))


def _first_of_each(labels: NDArray[np.uint8]) -> list[int]:
    return [int(np.argmax(labels == label)) for label in range(10)]


def _intro(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    figure = _figure("intro", language, dataset, (9, 4.6))
    for label, (axes, index) in enumerate(
        zip(figure.subplots(2, 5).flat, _first_of_each(dataset.train_labels), strict=True)
    ):
        show_image(axes, dataset.train_images[index])
        axes.set_xlabel(class_name(language, label), fontproperties=font(12))
    return to_png(figure)


def _load(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    figure = _figure("load", language, dataset, (9, 5.4))
    axes = figure.subplots()
    names = [f"{label}  {class_name(language, label)}" for label in range(10)]
    for offset, labels, colour, key in (
        (-0.2, dataset.train_labels, BLUE, "plot.train"),
        (0.2, dataset.test_labels, ORANGE, "plot.test"),
    ):
        counts = count_labels(labels)
        bars = axes.barh(np.arange(10) + offset, counts, 0.38, color=colour, label=sentences()(language, key))
        axes.bar_label(bars, fontproperties=font(9), padding=3)
    axes.set_yticks(range(10), names)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    label_axes(axes, x=sentences()(language, "lesson.images"))
    figure.legend(prop=font(10), loc="outside lower center", ncols=2, frameon=False)
    return to_png(figure)


def _explore(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    figure = _figure("explore", language, dataset, (11, 5.2))
    whole, close = figure.subplots(1, 2)
    image = dataset.train_images[0]
    shown = whole.imshow(image, cmap="viridis", vmin=0, vmax=255)
    bar = figure.colorbar(shown, ax=whole, shrink=0.8)
    for tick in bar.ax.get_yticklabels():
        tick.set_fontproperties(font(9))
    whole.add_patch(Rectangle((9.5, 9.5), 8, 8, fill=False, edgecolor="white", linewidth=2))
    label_axes(whole, title=class_name(language, int(dataset.train_labels[0])))
    _numbers(close, image[_PATCH, _PATCH], "{:.0f}", 255)
    label_axes(close, title=sentences()(language, "lesson.explore_close"))
    return to_png(figure)


def _numbers(axes: Any, patch: NDArray[Any], form: str, most: float) -> None:
    """Pixels as gray squares with their numbers."""
    axes.imshow(patch, cmap="gray", vmin=0, vmax=most)
    axes.set_xticks([])
    axes.set_yticks([])
    for (row, column), value in np.ndenumerate(patch):
        colour = "black" if value > most / 2 else "white"
        text = form.format(value)
        axes.text(column, row, text, ha="center", va="center", color=colour, fontproperties=font(10))


def _preprocess(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    figure = _figure("preprocess", language, dataset, (11, 6))
    before, after = dataset.train_images[:1000], scale(dataset.train_images[:1000])
    grid = figure.subplots(2, 2, height_ratios=(3, 1))
    for column, (images, form, most, key) in enumerate(
        ((before, "{:.0f}", 255, "lesson.before"), (after, "{:.2f}", 1, "lesson.after"))
    ):
        _numbers(grid[0, column], images[0][_PATCH, _PATCH], form, most)
        label_axes(grid[0, column], title=sentences()(language, key))
        bars = grid[1, column]
        bars.hist(images.ravel(), bins=50, range=(0, most), color=BLUE, log=True)
        bars.set_yticks([])
        label_axes(bars, x=sentences()(language, "lesson.histogram"))
    return to_png(figure)


def _build(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    say = sentences()
    if run is not None and (weights := hidden_weights(run)) is not None:
        figure = _figure("build_run", language, dataset, (9, 6.2))
        loudest = np.argsort(-np.abs(weights).sum(axis=0))[:24]
        for axes, unit in zip(figure.subplots(4, 6).flat, loudest, strict=True):
            most = np.abs(weights[:, unit]).max()
            axes.imshow(weights[:, unit].reshape(28, 28), cmap="RdBu_r", vmin=-most, vmax=most)
            axes.set_axis_off()
        return to_png(figure)
    figure = _figure("build", language, dataset, (10, 4.2))
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_xlim(0, 10)
    axes.set_ylim(0, 4)
    image = axes.inset_axes((0, 0.2, 0.2, 0.6))
    show_image(image, dataset.train_images[0])
    heights = {"flatten": 3.6, "hidden": 2.6, "output": 1.4}
    centres = {"flatten": 3.4, "hidden": 6.2, "output": 9.0}
    for name, height in heights.items():
        axes.add_patch(Rectangle((centres[name] - 0.25, 2 - height / 2), 0.5, height, color=BLUE, alpha=0.85))
        text = say(language, f"lesson.layer_{name}")
        axes.text(centres[name], 2 - height / 2 - 0.1, text, ha="center", va="top", fontproperties=font(10))
    for left, right, text in (("flatten", "hidden", "784 x 128 + 128\n= 100 480"), ("hidden", "output", "1 290")):
        x = (centres[left] + centres[right]) / 2
        axes.annotate("", (centres[right] - 0.35, 2), (centres[left] + 0.35, 2), arrowprops={"arrowstyle": "->"})
        shown = text if left == "flatten" else f"128 x 10 + 10\n= {text}"
        axes.text(x, 2.15, shown, ha="center", va="bottom", fontproperties=font(10), color=GRAY)
    axes.text(6.2, 3.6, say(language, "lesson.parameters"), ha="center", fontproperties=font(12))
    return to_png(figure)


def _compile(language: Language, dataset: Dataset, _run: Run | None) -> bytes:
    say = sentences()
    figure = _figure("compile", language, dataset)
    axes = figure.subplots()
    share = np.linspace(0.005, 1, 400)
    axes.plot(share, -np.log(share), color=BLUE, linewidth=2.5, label=say(language, "lesson.loss_curve"))
    axes.step([0, 0.5, 1], [0, 0, 1], where="post", color=ORANGE, linewidth=2.5, label=say(language, "lesson.hit"))
    for at in (0.1, 0.6, 0.95):
        axes.plot(at, -np.log(at), "o", color=BLUE)
        axes.annotate(f"{-np.log(at):.2f}", (at, -np.log(at)), xytext=(6, 6), textcoords="offset points",
                      fontproperties=font(10), color=BLUE)  # fmt: skip
    axes.set_ylim(-0.1, 5)
    axes.grid(alpha=0.3)
    axes.legend(prop=font(11), frameon=False)
    label_axes(axes, x=say(language, "lesson.right_probability"))
    return to_png(figure)


def _train(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    if run is not None:
        return draw_curves(run.history, language, run.dataset)
    steps = -(-len(dataset.train_images) // _BATCH)
    title = sentences()(language, "lesson.train", steps=steps, images=len(dataset.train_images))
    figure = new_figure(9, 5.2, language, dataset.name, title)
    for axes, image in zip(figure.subplots(4, 8).flat, dataset.train_images[:_BATCH], strict=True):
        show_image(axes, image)
    return to_png(figure)


def _evaluate(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    if run is not None:
        return draw_confusion(np.asarray(run.metrics["confusion"]), language, run.dataset)
    answers = nearest_mean(dataset.test_images, mean_images(dataset.train_images, dataset.train_labels))
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (dataset.test_labels, answers), 1)
    share = 100 * np.trace(confusion) / len(answers)
    title = sentences()(language, "lesson.evaluate", share=f"{share:.1f}")
    return draw_confusion(confusion, language, dataset.name, title)


def _bars(axes: Any, language: Language, shares: NDArray[Any], label: int) -> None:
    """Ten bars with names: the answer blue if it is right and red if not, the right class blue."""
    answer = int(shares.argmax())
    colours = [GRAY] * 10
    colours[answer] = RED
    colours[label] = BLUE
    axes.barh(range(10), shares, color=colours)
    axes.set_yticks(range(10), [class_name(language, index) for index in range(10)])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.spines[["top", "right"]].set_visible(False)
    label_axes(axes)
    for tick in axes.get_yticklabels():
        tick.set_fontproperties(font(9))


def _predict(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    if run is None:
        figure = _figure("predict", language, dataset, (10, 3.2))
        for shift, axes in enumerate(figure.subplots(1, 4)):
            show_image(axes, np.roll(dataset.test_images[0], shift, axis=1))
            axes.set_xlabel(sentences()(language, "lesson.shift", pixels=shift), fontproperties=font(11))
        return to_png(figure)
    predictions = Predictor(run)(dataset.test_images[:1000])
    labels = dataset.test_labels[:1000]
    surest_error = max(
        range(len(labels)), key=lambda i: (predictions[i].label != labels[i]) * predictions[i].confidence
    )
    figure = _figure("predict_run", language, dataset, (11, 5.6))
    grid = figure.subplots(2, 3, height_ratios=(1, 1.2))
    for column, index in enumerate((0, 1, surest_error)):
        show_image(grid[0, column], dataset.test_images[index])
        _bars(grid[1, column], language, predictions[index].probabilities, int(labels[index]))
        name = class_name(language, int(labels[index]))
        label_axes(grid[0, column], title=sentences()(language, "lesson.truth", name=name))
    return to_png(figure)


def _summary(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    say = sentences()
    image = dataset.test_images[0]
    if run is not None:
        shares, source = Predictor(run)(image[None])[0].probabilities, "lesson.by_run"
    else:
        means = mean_images(dataset.train_images, dataset.train_labels)
        distances = ((means - image.astype(np.float32)) ** 2).mean(axis=(1, 2))
        closeness = np.exp(-(distances - distances.min()) / 1000)
        shares, source = closeness / closeness.sum(), "lesson.by_means"
    figure = _figure("summary", language, dataset, (11, 3.8))
    picture, row, bars = figure.subplots(1, 3, width_ratios=(1, 1.3, 1.3))
    show_image(picture, image)
    label_axes(picture, title=class_name(language, int(dataset.test_labels[0])))
    row.imshow(scale(image).reshape(14, 56), cmap="gray")
    row.set_xticks([])
    row.set_yticks([])
    label_axes(row, title=say(language, "lesson.row"))
    _bars(bars, language, np.asarray(shares), int(dataset.test_labels[0]))
    label_axes(bars, title=say(language, source))
    for tick in bars.get_yticklabels():
        tick.set_fontproperties(font(9))
    return to_png(figure)


_LESSONS: Final = {
    "intro": _intro,
    "load": _load,
    "explore": _explore,
    "preprocess": _preprocess,
    "build": _build,
    "compile": _compile,
    "train": _train,
    "evaluate": _evaluate,
    "predict": _predict,
    "summary": _summary,
}
