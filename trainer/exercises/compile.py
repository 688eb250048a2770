"""Compile: loss and accuracy of one batch, before and after a single step of the optimizer."""

import math
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from trainer.data.dataset import Dataset
from trainer.language import Language
from trainer.plots.colours import BLUE, EDGE, GRAY, ORANGE
from trainer.plots.page import HEAD, Page, font, label_axes
from trainer.recipes import RECIPES, recipe_module
from trainer.steps.build import build
from trainer.steps.compile import compile_model
from trainer.steps.evaluate import Evaluation, evaluate
from trainer.steps.train import GUESSING_LOSS, train

RECIPE: Final = RECIPES["tutorial"]
_DASHED: Final = (0, (4, 2))


def run(dataset: Dataset, language: Language, seed: int) -> tuple[dict[str, Any], bytes]:
    """One batch through the tutorial's untrained network, one step of its optimizer, and the same batch once more.

    `seed` draws the batch and decides the first weights. `moved`: how many images of the batch get a higher
    probability of their class than before.
    """
    batch = np.random.default_rng(seed).choice(len(dataset.train_images), RECIPE.batch_size, replace=False)
    images, labels = dataset.train_images[batch], dataset.train_labels[batch]
    model = build(RECIPE.name, seed)
    compile_model(model, recipe_module(RECIPE.name).optimizer(RECIPE.learning_rate, 1))
    before = evaluate(model, images, labels)
    # An epoch over these images alone is one step.
    train(model, images, labels, epochs=1, batch_size=RECIPE.batch_size, seed=seed, test=(images, labels))
    after = evaluate(model, images, labels)
    shares = [found.probabilities[np.arange(len(labels)), labels] for found in (before, after)]
    figures = {
        "dataset": dataset.name,
        "images": len(images),
        "steps": math.ceil(len(dataset.train_images) / RECIPE.batch_size),  # of an epoch
        "guessing_loss": GUESSING_LOSS,
        "learning_rate": RECIPE.learning_rate,
        "loss": (before.loss, after.loss),
        "accuracy": (before.accuracy, after.accuracy),
        "moved": int((shares[1] > shares[0]).sum()),
    }
    return figures, _draw(language, dataset.name, (before, after), shares)


def _draw(
    language: Language, dataset_name: str, found: tuple[Evaluation, Evaluation], shares: list[NDArray[np.float32]]
) -> bytes:
    """The loss before and after the step beside that of guessing; below it the images' probabilities of their class."""
    page = Page(language, dataset_name, HEAD + 800, "exercise.compile")
    _draw_losses(page, page.axes(150, HEAD + 50, 1000, 220), [one.loss for one in found])
    _draw_shares(page, page.axes(110, HEAD + 430, 1040, 320), shares)
    return page.png()


def _draw_losses(page: Page, axes: Axes, losses: list[float]) -> None:
    """Two horizontal bars with their lengths, and a line at ln 10."""
    axes.barh([1, 0], losses, color=[GRAY, BLUE], height=0.66)
    for y, loss in zip((1, 0), losses, strict=True):
        axes.text(0.04, y, f"{loss:.3f}", ha="left", va="center", color="white", fontproperties=font(30))
    axes.axvline(GUESSING_LOSS, color=ORANGE, linewidth=4, linestyle=_DASHED)
    note = page.say("exercise.compile_guessing", loss=f"{GUESSING_LOSS:.3f}")
    axes.text(GUESSING_LOSS, -0.72, note, ha="right", va="center", color=ORANGE, fontproperties=font(25))
    axes.set(xlim=(0, max(*losses, GUESSING_LOSS) * 1.02), ylim=(-0.5, 1.5), xticks=[], yticks=[1, 0])
    axes.set_yticklabels([page.say("exercise.compile_before"), page.say("exercise.compile_after")])
    axes.tick_params(length=0)
    axes.spines["bottom"].set_visible(False)
    label_axes(axes, title=page.say("exercise.compile_loss"), size=25)


def _draw_shares(page: Page, axes: Axes, shares: list[NDArray[np.float32]]) -> None:
    """Each image of the batch, ordered by its probability before the step, which a line joins to that after it."""
    order = np.argsort(shares[0])
    before, after = (values[order] for values in shares)
    places = np.arange(len(order))
    axes.axhline(0.1, color=ORANGE, linewidth=4, linestyle=_DASHED)
    axes.vlines(places, before, after, color=EDGE, linewidth=4)
    axes.plot(places, before, "o", color=GRAY, markersize=10)
    axes.plot(places, after, "o", color=BLUE, markersize=10)
    axes.set(xticks=[], xlim=(-1, len(order)), ylim=(0, 1.08 * max(before.max(), after.max())))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    label_axes(axes, title=page.say("exercise.compile_shares", count=len(order)), size=25)
