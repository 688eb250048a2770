"""Lesson pictures about the network and its training: build, compile, train."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from trainer.attribution.weights import DenseWeights, dense_weights
from trainer.data.dataset import Dataset
from trainer.language import Language, class_name, sentences
from trainer.plots.colours import red_and_blue
from trainer.plots.page import (
    BLUE,
    HEAD,
    INK,
    LINE,
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
    whole,
    write,
)
from trainer.plots.run import draw_curves
from trainer.runs.folder import Run
from trainer.steps.predict import Predictor
from trainer.steps.preprocess import scale

_HIDDEN: Final = 128
_SHOWN_UNITS: Final = 24
_BATCH: Final = 32
_PALE, _STRONG = np.array([228, 231, 235]), np.array([31, 111, 181])  # the colours of confidence 0 and 1


def draw_build(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """784, 128 and 10 with the number of parameters between them; with a run, what its hidden units look for."""
    say = sentences()
    weights = dense_weights(run) if run is not None else None
    top = HEAD + 10
    page = new_page(
        (1200, top + 520 + (0 if weights is None else 290)),
        language,
        dataset.name,
        say(language, "lesson.build"),
        say(language, "lesson.parameters"),
    )
    image = dataset.train_images[0]
    shares = Predictor(run).probabilities(image[None])[0] if run is not None else None
    _draw_layers(page, top, language, image, weights, shares)
    if weights is not None:
        _draw_units(page, top + 530, language, weights)
    return to_png(page)


def _draw_layers(
    page: Figure,
    top: float,
    language: Language,
    image: NDArray[np.uint8],
    weights: DenseWeights | None,
    shares: NDArray[np.float32] | None,
) -> None:
    """From left to right: the image, its 784 values, 128 units, ten outputs; with a run, as bright as their values."""
    say = sentences()
    middle, columns = top + 220, (310, 640, 950)
    paste(page, image, MARGIN, round(middle) - 84, 6)
    write(page, 258, middle, "→", 44, SOFT, ha="center")
    paste(page, np.repeat(image.reshape(-1, 1)[::2], 36, axis=1), columns[0], round(middle) - 196)
    lit = np.full(_HIDDEN, 150, np.uint8)
    if weights is not None:
        answers = weights.activations(scale(image))
        lit = np.round(255 * answers / max(float(answers.max()), 1e-6)).astype(np.uint8)
    paste(page, np.repeat(lit[:, None], 12, axis=1), columns[1], round(middle) - 64 * 3, 3)
    _draw_links(page, (columns[0] + 36, columns[1]), (middle - 190, middle + 190), (middle - 190, middle + 190), 60)
    outputs = middle - 175, middle + 175
    _draw_links(page, (columns[1] + 36, columns[2]), (middle - 190, middle + 190), outputs, 10)
    for label, y in enumerate(np.linspace(*outputs, 10)):
        shade = np.full(3, 150) if shares is None else _PALE + (_STRONG - _PALE) * float(shares[label])
        paste(page, np.broadcast_to(shade.round().astype(np.uint8), (26, 36, 3)), columns[2], round(y) - 13)
        write(page, columns[2] + 48, y, class_name(language, label), 24)
    for x, y, key in (
        (MARGIN + 84, middle + 116, "layer_image"),
        (columns[0] + 18, top + 452, "layer_flatten"),
        (columns[1] + 18, top + 452, "layer_hidden"),
        (columns[2] + 18, top + 452, "layer_output"),
    ):
        write(page, x, y, say(language, f"lesson.{key}"), 23, ha="center", linespacing=1.3)
    for x, text in (
        ((columns[0] + columns[1] + 36) / 2, f"784 × 128 + 128\n= {figure_of(100_480, language)}"),
        ((columns[1] + columns[2] + 36) / 2, "128 × 10 + 10\n= 1290"),
    ):
        box = {"facecolor": "white", "edgecolor": "none", "pad": 6}
        write(page, x, middle, text, 25, BLUE, ha="center", bbox=box, linespacing=1.3)


def _draw_links(
    page: Figure, across: tuple[float, float], left: tuple[float, float], right: tuple[float, float], count: int
) -> None:
    """Some of the connections: every unit is joined to every one before it."""
    (start, stop), axes = across, whole(page)
    ends = [(a, b) for a in np.linspace(*left, 14) for b in np.linspace(*right, min(count, 14))]
    lines = [((start, a), (stop, b)) for a, b in ends]
    axes.add_collection(LineCollection(lines, colors=LINE, linewidths=0.8))
    axes.set_zorder(-1)


def _draw_units(page: Figure, top: float, language: Language, weights: DenseWeights) -> None:
    """The hidden units that weigh most for the ten outputs, their 784 weights as images: red for, blue against."""
    write(page, MARGIN, top, sentences()(language, "lesson.units", count=_SHOWN_UNITS), 25)
    strongest = np.argsort(-np.abs(weights.output).sum(axis=1))[:_SHOWN_UNITS]
    for place_of, unit in enumerate(strongest):
        row, column = divmod(place_of, 12)
        colours = red_and_blue(weights.hidden[:, unit].reshape(28, 28))
        paste(page, colours, MARGIN + column * 94, round(top) + 36 + row * 112, 3)


def draw_compile(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """The loss as a curve over the probability of the right class, and accuracy as a step below it.

    With a run: where its answers to the test images lie.
    """
    say = sentences()
    height = HEAD + 790 + (0 if run is None else 230)
    page = new_page((1200, height), language, dataset.name, say(language, "lesson.compile"))
    loss, hit = place(page, 110, HEAD + 20, 1040, 380), place(page, 110, HEAD + 520, 1040, 150)
    share = np.linspace(0.006, 1, 500)
    loss.plot(share, -np.log(share), color=BLUE, linewidth=4)
    for at in (0.1, 0.5, 0.9):
        loss.plot(at, -np.log(at), "o", color=BLUE, markersize=11)
        text = f"p = {at}:  {-np.log(at):.2f}"
        loss.annotate(
            text, (at, -np.log(at)), xytext=(0, 38), textcoords="offset pixels", ha="left" if at < 0.9 else "center",  # noqa: PLR2004
            fontproperties=letters(25), color=INK,
        )  # fmt: skip
    loss.set(xlim=(0, 1), ylim=(0, 5))
    hit.step([0, 0.5, 1], [0, 1, 1], where="post", color=ORANGE, linewidth=4)
    hit.set(xlim=(0, 1), ylim=(-0.1, 1.15), yticks=[0, 1])
    label_axes(loss, title=say(language, "lesson.loss_curve"))
    label_axes(hit, title=say(language, "lesson.hit"), x=say(language, "lesson.right_probability"))
    if run is not None:
        _draw_own_answers(place(page, 110, HEAD + 835, 1040, 120), language, dataset, run)
    for axes in (loss, hit):
        axes.grid(color=LINE, linewidth=1.2)
    return to_png(page)


def _draw_own_answers(axes: Axes, language: Language, dataset: Dataset, run: Run) -> None:
    answers = Predictor(run).probabilities(dataset.test_images)
    right = answers[np.arange(len(answers)), dataset.test_labels]
    axes.hist(right, bins=50, range=(0, 1), color=BLUE)
    axes.set(xlim=(0, 1), yticks=[])
    axes.spines["left"].set_visible(False)
    mean = float(-np.log(np.maximum(right, 1e-7)).mean())
    title = sentences()(language, "lesson.own_answers", count=figure_of(len(right), language), loss=f"{mean:.3f}")
    label_axes(axes, title=title)


def draw_train(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """One batch: all that a single step sees; with a run, its learning curves."""
    if run is not None:
        return draw_curves(run.history, language, run.dataset)
    say = sentences()
    count, across, step_x, step_y, size = len(dataset.train_images), 8, 142, 156, 4
    steps = -(-count // _BATCH)
    note = say(language, "lesson.train_note", steps=steps, images=figure_of(count, language))
    page = new_page((1200, HEAD + 40 + 4 * step_y), language, dataset.name, say(language, "lesson.train"), note)
    batch = np.random.default_rng(0).permutation(count)[
        :_BATCH
    ]  # as trainer.steps.train draws the first batch for seed 0
    for place_of, index in enumerate(batch):
        row, column = divmod(place_of, across)
        left, top = MARGIN + column * step_x, HEAD + 30 + row * step_y
        paste(page, dataset.train_images[index], left, top, size)
        name = class_name(language, int(dataset.train_labels[index]))
        write(page, left + 14 * size, top + 28 * size + 20, name, 22, ha="center")
    return to_png(page)
