"""Lesson pictures about what a network answers: evaluate, predict, summary."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.attribution.weights import dense_weights
from trainer.data.dataset import Dataset
from trainer.language import Language
from trainer.plots.colours import BLUE, MUTED, RED, red_and_blue
from trainer.plots.lessons.photographs import HEIGHT as PHOTOGRAPHS_HEIGHT
from trainer.plots.lessons.photographs import draw_photographs
from trainer.plots.page import HEAD, MARGIN, Page
from trainer.plots.parts import draw_named_bars
from trainer.plots.run import draw_confusion
from trainer.runs.folder import Run
from trainer.steps.explore import mean_images, nearest_mean
from trainer.steps.predict import Predictor
from trainer.steps.preprocess import scale

_CHOSEN_FROM: Final = 2_000  # test images among which examples are chosen


def draw_evaluate(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """The run's confusion matrix; without a run, that of the nearest mean image."""
    if run is not None:
        return draw_confusion(np.asarray(run.metrics["confusion"]), language, run.dataset)
    answers = nearest_mean(dataset.test_images, mean_images(dataset.train_images, dataset.train_labels))
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (dataset.test_labels, answers), 1)
    keys = ("lesson.evaluate", "lesson.evaluate_note", "lesson.evaluate_says")
    share = f"{100 * np.trace(confusion) / len(answers):.1f}"
    return draw_confusion(confusion, language, dataset.name, *keys, share=share)


def draw_predict(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """Right and wrong answers of a run with high and low confidence, then its answers to twenty photographs; without a
    run, the effect of a shift.
    """
    if run is None:
        return _draw_shifts(language, dataset)
    images, labels = dataset.test_images[:_CHOSEN_FROM], dataset.test_labels[:_CHOSEN_FROM].astype(int)
    probabilities = Predictor(run).probabilities(images)
    below = HEAD + 20 + 2 * 420
    page = Page(language, dataset.name, below + PHOTOGRAPHS_HEIGHT, "lesson.predict_run")
    for number, (key, index) in enumerate(_examples(probabilities, labels)):
        row, column = divmod(number, 2)
        left, top, label = MARGIN + column * 580, HEAD + 20 + row * 420, int(labels[index])
        right = probabilities[index].argmax() == label
        page.write(left, top, page.say(f"lesson.{key}"), 29, BLUE if right else RED)
        page.paste(images[index], left, top + 36, 6)
        page.write(left, top + 230, page.say("plot.truth", name=page.class_name(label)), 23)
        draw_named_bars(page, (left + 186, top + 30, 350, 350), probabilities[index], label)
    draw_photographs(page, below, run)
    return page.png()


def _examples(probabilities: NDArray[np.float32], labels: NDArray[np.int_]) -> list[tuple[str, int]]:
    """Keys and indices of the right and wrong answers with the highest and lowest confidence, if there are any."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    chosen: list[tuple[str, int]] = []
    for kind, among in (("right", np.flatnonzero(right)), ("wrong", np.flatnonzero(~right))):
        if len(among):
            chosen.append((f"{kind}_sure", int(among[confidence[among].argmax()])))
            chosen.append((f"{kind}_unsure", int(among[confidence[among].argmin()])))
    return chosen


def _draw_shifts(language: Language, dataset: Dataset) -> bytes:
    """An image shifted to the right by 0 to 3 pixels, and below the changes of its pixels."""
    size, step, top = 9, 286, HEAD + 70
    # the first image that loses nothing when it is shifted by three pixels
    image = dataset.test_images[int(np.argmax(~dataset.test_images[:, :, -3:].any(axis=(1, 2))))]
    page = Page(language, dataset.name, top + 2 * 252 + 120, "lesson.predict", "lesson.predict_note")
    for shift in range(4):
        left = MARGIN + shift * step
        moved = np.zeros_like(image)
        moved[:, shift:] = image[:, : 28 - shift]
        page.write(left, top - 26, page.say("lesson.shift", pixels=shift), 25)
        page.paste(moved, left, top, size)
        if shift:
            difference = moved.astype(int) - image
            page.paste(red_and_blue(difference), left, top + 270, size)
            changed = int(np.count_nonzero(difference))
            page.write(left, top + 270 + 252 + 26, page.say("lesson.changed", count=changed), 23)
    page.write(MARGIN, top + 300, page.say("lesson.difference"), 25, va="top", linespacing=1.4)
    return page.png()


def draw_summary(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """One test image as 28 x 28 pixels, as 784 numbers, as activations of the hidden units, and as ten bars.

    Without a run the mean image of each class and the nearness to it take the place of the last two.
    """
    image, label = dataset.test_images[0], int(dataset.test_labels[0])
    weights = dense_weights(run) if run is not None else None
    page = Page(language, dataset.name, HEAD + 1010, "lesson.summary")
    left, top = 330, HEAD + 20
    _caption(page, top + 112, "lesson.way_image")
    page.paste(image, left, top, 8)
    page.write(left + 250, top + 112, page.say("plot.truth", name=page.class_name(label)), 25, MUTED)
    _arrow(page, top + 262)
    _caption(page, top + 330, "lesson.way_row")
    page.paste(np.repeat(image.reshape(1, -1), 60, axis=0), left, top + 300)
    y = top + 440
    if run is None or weights is not None:
        _arrow(page, y - 42)
    if run is None:
        shares = _draw_means(page, left, y, image, dataset)
    else:
        if weights is not None:
            _draw_hidden(page, left, y, weights.activations(scale(image)))
        shares = Predictor(run).probabilities(image[None])[0]
    _arrow(page, y + 120)
    _caption(page, y + 330, "lesson.way_nearness" if run is None else "lesson.way_answer")
    draw_named_bars(page, (left - 10, y + 150, 784 + 10, 360), shares, label, percent=run is not None)
    return page.png()


def _draw_means(page: Page, left: int, top: int, image: NDArray[np.uint8], dataset: Dataset) -> NDArray[np.float32]:
    """The ten mean images; returns the nearness float32[10] of the image to each, 1 for the nearest."""
    means = mean_images(dataset.train_images, dataset.train_labels)
    _caption(page, top + 28, "lesson.way_means")
    for number, mean in enumerate(means):
        page.paste(np.round(mean).astype(np.uint8), left + number * 81, top, 2)
    distances = np.sqrt(((means - image.astype(np.float32)) ** 2).mean(axis=(1, 2)))
    return distances.min() / distances


def _draw_hidden(page: Page, left: float, top: float, activations: NDArray[np.float32]) -> None:
    """A bar for the activation of each hidden unit."""
    _caption(page, top + 42, "lesson.way_hidden", count=len(activations))
    axes = page.axes(left, top - 10, 784, 104, bare=True)
    axes.bar(range(len(activations)), activations, width=0.8, color=BLUE)
    axes.plot((-0.5, len(activations) - 0.5), (0, 0), color=MUTED, linewidth=1)
    axes.set_xlim(-0.5, len(activations) - 0.5)


def _caption(page: Page, y: float, key: str, **values: object) -> None:
    page.write(MARGIN, y, page.say(key, **values), 25, linespacing=1.4)


def _arrow(page: Page, y: float) -> None:
    page.write(330 + 392, y, "↓", 40, MUTED, ha="center")
