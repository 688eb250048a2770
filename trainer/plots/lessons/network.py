"""Lesson pictures about the network and its training: build, compile, train."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from trainer.attribution.weights import DenseWeights, dense_weights
from trainer.data.dataset import Dataset
from trainer.language import Language
from trainer.plots.colours import BLUE, GRID, MUTED, ORANGE, TEXT, red_and_blue, rgb
from trainer.plots.page import HEAD, MARGIN, Page, count_text, font, label_axes
from trainer.plots.run import draw_curves
from trainer.runs.folder import Run
from trainer.steps.predict import Predictor
from trainer.steps.preprocess import scale

_HIDDEN: Final = 128
_SHOWN_UNITS: Final = 24
_BATCH: Final = 32


def draw_build(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """784, 128 and 10 units with the numbers of parameters between them; with a run, its weights and activations."""
    weights = dense_weights(run) if run is not None else None
    top = HEAD + 10
    height = top + 520 + (0 if weights is None else 290)
    page = Page(language, dataset.name, height, "lesson.build", "lesson.parameters")
    image = dataset.train_images[0]
    shares = Predictor(run).probabilities(image[None])[0] if run is not None else None
    _draw_layers(page, top, image, weights, shares)
    if weights is not None:
        _draw_units(page, top + 530, weights)
    return page.png()


def _draw_layers(
    page: Page, top: int, image: NDArray[np.uint8], weights: DenseWeights | None, shares: NDArray[np.float32] | None
) -> None:
    """From left to right: the image, its 784 values, 128 hidden units, ten outputs; with a run, shaded by values."""
    middle, columns = top + 220, (310, 640, 950)
    page.paste(image, MARGIN, middle - 84, 6)
    page.write(258, middle, "→", 44, MUTED, ha="center")
    page.paste(np.repeat(image.reshape(-1, 1)[::2], 36, axis=1), columns[0], middle - 196)
    grays = np.full(_HIDDEN, 150, np.uint8)
    if weights is not None:
        activations = weights.activations(scale(image))
        grays = np.round(255 * activations / max(float(activations.max()), 1e-6)).astype(np.uint8)
    page.paste(np.repeat(grays[:, None], 12, axis=1), columns[1], middle - 64 * 3, 3)
    span, outputs = (middle - 190, middle + 190), (middle - 175, middle + 175)
    _draw_links(page, (columns[0] + 36, columns[1]), span, span, 14)
    _draw_links(page, (columns[1] + 36, columns[2]), span, outputs, 10)
    pale, blue = np.array([228, 231, 235]), np.array(rgb(BLUE))  # the colours of confidence 0 and 1
    for label, y in enumerate(np.linspace(*outputs, 10)):
        shade = np.full(3, 150) if shares is None else pale + (blue - pale) * float(shares[label])
        page.paste(np.broadcast_to(shade.round().astype(np.uint8), (26, 36, 3)), columns[2], round(y) - 13)
        page.write(columns[2] + 48, y, page.class_name(label), 24)
    for x, y, key in (
        (MARGIN + 84, middle + 116, "layer_image"),
        (columns[0] + 18, top + 452, "layer_flatten"),
        (columns[1] + 18, top + 452, "layer_hidden"),
        (columns[2] + 18, top + 452, "layer_output"),
    ):
        page.write(x, y, page.say(f"lesson.{key}"), 23, ha="center", linespacing=1.3)
    for x, text in (
        ((columns[0] + columns[1] + 36) / 2, f"784 × 128 + 128\n= {count_text(100_480, page.language)}"),
        ((columns[1] + columns[2] + 36) / 2, "128 × 10 + 10\n= 1290"),
    ):
        box = {"facecolor": "white", "edgecolor": "none", "pad": 6}
        page.write(x, middle, text, 25, BLUE, ha="center", bbox=box, linespacing=1.3)


def _draw_links(
    page: Page, across: tuple[float, float], left: tuple[float, float], right: tuple[float, float], count: int
) -> None:
    """Lines from 14 points of one layer to `count` points of the next, for the connections of all units."""
    (start, stop), axes = across, page.whole()
    lines = [((start, a), (stop, b)) for a in np.linspace(*left, 14) for b in np.linspace(*right, count)]
    axes.add_collection(LineCollection(lines, colors=GRID, linewidths=0.8))
    axes.set_zorder(-1)


def _draw_units(page: Page, top: int, weights: DenseWeights) -> None:
    """The hidden units with the largest weights to the ten outputs: their 784 weights, red positive, blue negative."""
    page.write(MARGIN, top, page.say("lesson.units", count=_SHOWN_UNITS), 25)
    strongest = np.argsort(-np.abs(weights.output).sum(axis=1))[:_SHOWN_UNITS]
    for number, unit in enumerate(strongest):
        row, column = divmod(number, 12)
        colours = red_and_blue(weights.hidden[:, unit].reshape(28, 28))
        page.paste(colours, MARGIN + column * 94, top + 36 + row * 112, 3)


def draw_compile(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """Loss and accuracy of an image as functions of the probability of its class; with a run, a histogram of these."""
    page = Page(language, dataset.name, HEAD + 790 + (0 if run is None else 230), "lesson.compile")
    loss, hit = page.axes(110, HEAD + 20, 1040, 380), page.axes(110, HEAD + 520, 1040, 150)
    share = np.linspace(0.006, 1, 500)
    loss.plot(share, -np.log(share), color=BLUE, linewidth=4)
    for at, align in ((0.1, "left"), (0.5, "left"), (0.9, "center")):
        loss.plot(at, -np.log(at), "o", color=BLUE, markersize=11)
        loss.annotate(
            f"p = {at}:  {-np.log(at):.2f}", (at, -np.log(at)), xytext=(0, 38), textcoords="offset pixels", ha=align,
            fontproperties=font(25), color=TEXT,
        )  # fmt: skip
    loss.set(xlim=(0, 1), ylim=(0, 5))
    hit.step([0, 0.5, 1], [0, 1, 1], where="post", color=ORANGE, linewidth=4)
    hit.set(xlim=(0, 1), ylim=(-0.1, 1.15), yticks=[0, 1])
    label_axes(loss, title=page.say("lesson.loss_curve"))
    label_axes(hit, title=page.say("lesson.hit"), x=page.say("lesson.right_probability"))
    if run is not None:
        _draw_own_answers(page, page.axes(110, HEAD + 835, 1040, 120), dataset, run)
    for axes in (loss, hit):
        axes.grid(color=GRID, linewidth=1.2)
    return page.png()


def _draw_own_answers(page: Page, axes: Axes, dataset: Dataset, run: Run) -> None:
    """A histogram of the probability that a run gives to the right class of the test images, and their mean loss."""
    answers = Predictor(run).probabilities(dataset.test_images)
    right = answers[np.arange(len(answers)), dataset.test_labels]
    axes.hist(right, bins=50, range=(0, 1), color=BLUE)
    axes.set(xlim=(0, 1), yticks=[])
    axes.spines["left"].set_visible(False)
    mean = float(-np.log(np.maximum(right, 1e-7)).mean())
    count = count_text(len(right), page.language)
    label_axes(axes, title=page.say("lesson.own_answers", count=count, loss=f"{mean:.3f}"))


def draw_train(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """The images of one batch; with a run, its learning curves."""
    if run is not None:
        return draw_curves(run.history, language, run.dataset)
    count, step_x, step_y, size = len(dataset.train_images), 142, 156, 4
    height, values = HEAD + 40 + 4 * step_y, {"steps": -(-count // _BATCH), "images": count_text(count, language)}
    page = Page(language, dataset.name, height, "lesson.train", "lesson.train_note", **values)
    batch = np.random.default_rng(0).permutation(count)[:_BATCH]  # the first batch of `trainer.steps.train`, seed 0
    for number, index in enumerate(batch):
        row, column = divmod(number, 8)
        left, top = MARGIN + column * step_x, HEAD + 30 + row * step_y
        page.paste(dataset.train_images[index], left, top, size)
        name = page.class_name(int(dataset.train_labels[index]))
        page.write(left + 14 * size, top + 28 * size + 20, name, 22, ha="center")
    return page.png()
