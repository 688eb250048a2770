"""Lesson pictures about what a network answers: evaluate, predict, summary."""

from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from trainer.attribution.weights import dense_weights
from trainer.data.dataset import Dataset
from trainer.language import Language, class_name, sentences
from trainer.plots.colours import red_and_blue
from trainer.plots.page import (
    BLUE,
    FAINT,
    GRAY,
    HEAD,
    INK,
    MARGIN,
    RED,
    SOFT,
    fill_boxes,
    new_page,
    paste,
    place,
    to_png,
    whole,
    write,
)
from trainer.plots.run import bar_colours, draw_confusion
from trainer.runs.folder import Run
from trainer.steps.explore import mean_images, nearest_mean
from trainer.steps.predict import Predictor
from trainer.steps.preprocess import scale

_CHOSEN_FROM: Final = 2_000  # test images among which the examples are looked for


def draw_evaluate(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """The run's confusion matrix; before any run, that of a rule without a network."""
    if run is not None:
        return draw_confusion(np.asarray(run.metrics["confusion"]), language, run.dataset)
    answers = nearest_mean(dataset.test_images, mean_images(dataset.train_images, dataset.train_labels))
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (dataset.test_labels, answers), 1)
    share = f"{100 * np.trace(confusion) / len(answers):.1f}"
    say = sentences()
    return draw_confusion(
        confusion,
        language,
        dataset.name,
        say(language, "lesson.evaluate"),
        say(language, "lesson.evaluate_note", share=share),
        say(language, "lesson.evaluate_says"),
    )


def draw_predict(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """Four kinds of answers of a run, sure and unsure, right and wrong; without a run, what a shift does."""
    if run is None:
        return _draw_shifts(language, dataset)
    say = sentences()
    images, labels = dataset.test_images[:_CHOSEN_FROM], dataset.test_labels[:_CHOSEN_FROM].astype(int)
    probabilities = Predictor(run).probabilities(images)
    page = new_page((1200, HEAD + 20 + 2 * 420), language, dataset.name, say(language, "lesson.predict_run"))
    for place_of, (key, index) in enumerate(_telling(probabilities, labels)):
        row, column = divmod(place_of, 2)
        left, top, label = MARGIN + column * 580, HEAD + 20 + row * 420, int(labels[index])
        right = probabilities[index].argmax() == label
        write(page, left, top, say(language, f"lesson.{key}"), 29, BLUE if right else RED)
        paste(page, images[index], left, top + 36, 6)
        write(page, left, top + 230, say(language, "plot.truth", name=class_name(language, label)), 23)
        draw_named_bars(page, (left + 186, top + 30, 350, 350), probabilities[index], label, language)
    return to_png(page)


def _telling(probabilities: NDArray[np.float32], labels: NDArray[np.int_]) -> list[tuple[str, int]]:
    """The surest and the least sure of the right and of the wrong answers, as far as there are such."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    chosen: list[tuple[str, int]] = []
    for kind, among in (("right", np.flatnonzero(right)), ("wrong", np.flatnonzero(~right))):
        if len(among):
            chosen.append((f"{kind}_sure", int(among[confidence[among].argmax()])))
            chosen.append((f"{kind}_unsure", int(among[confidence[among].argmin()])))
    return chosen


def draw_named_bars(
    page: Figure,
    box: tuple[float, float, float, float],
    shares: NDArray[Any],
    label: int,
    language: Language,
    *,
    percent: bool = True,
) -> None:
    """Ten lying bars with names before and figures behind, the right class blue, a wrong answer red.

    The names take the left 125 pixels of the box and the figures the right 85.
    """
    left, top, width, height = box
    step, room, bar_left = height / 10, width - 125 - 85, left + 125
    colours = bar_colours(shares, label)
    tops = [top + (number + 0.19) * step for number in range(10)]
    canvas = whole(page)
    fill_boxes(canvas, [(bar_left, y, room, 0.62 * step) for y in tops], [FAINT] * 10)
    fill_boxes(canvas, [(bar_left, y, room * s, 0.62 * step) for y, s in zip(tops, shares, strict=True)], colours)
    for number, share in enumerate(shares):
        y = top + (number + 0.5) * step
        colour = colours[number] if colours[number] != GRAY else INK
        write(page, left + 115, y, class_name(language, number), min(23, step * 0.7), colour, ha="right")
        if percent:
            write(page, bar_left + room + 10, y, f"{100 * share:.1f} %", min(21, step * 0.65), colour)


def _draw_shifts(language: Language, dataset: Dataset) -> bytes:
    say = sentences()
    image, size, step, top = _with_room_to_the_right(dataset.test_images), 9, 286, HEAD + 70
    page = new_page(
        (1200, top + 2 * 252 + 120),
        language,
        dataset.name,
        say(language, "lesson.predict"),
        say(language, "lesson.predict_note"),
    )
    for shift in range(4):
        left = MARGIN + shift * step
        moved = np.zeros_like(image)
        moved[:, shift:] = image[:, : 28 - shift]
        write(page, left, top - 26, say(language, "lesson.shift", pixels=shift), 25)
        paste(page, moved, left, top, size)
        if shift:
            difference = moved.astype(int) - image
            paste(page, red_and_blue(difference), left, top + 270, size)
            changed = int(np.count_nonzero(difference))
            write(page, left, top + 270 + 252 + 26, say(language, "lesson.changed", count=changed), 23)
    write(page, MARGIN, top + 300, say(language, "lesson.difference"), 25, va="top", linespacing=1.4)
    return to_png(page)


def _with_room_to_the_right(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The first image of which nothing is lost when it is moved by three pixels."""
    return images[int(np.argmax(~images[:, :, -3:].any(axis=(1, 2))))]


def draw_summary(language: Language, dataset: Dataset, run: Run | None) -> bytes:
    """One test image on its way: 28 x 28 pixels, 784 numbers, the network's hidden units, ten bars."""
    say = sentences()
    image, label = dataset.test_images[0], int(dataset.test_labels[0])
    weights = dense_weights(run) if run is not None else None
    page = new_page((1200, HEAD + 1010), language, dataset.name, say(language, "lesson.summary"))
    left, top = 330, HEAD + 20
    write(page, MARGIN, top + 112, say(language, "lesson.way_image"), 25, linespacing=1.4)
    paste(page, image, left, top, 8)
    write(page, left + 250, top + 112, say(language, "plot.truth", name=class_name(language, label)), 25, SOFT)
    _arrow(page, top + 262)
    write(page, MARGIN, top + 330, say(language, "lesson.way_row"), 25, linespacing=1.4)
    paste(page, np.repeat(image.reshape(1, -1), 60, axis=0), left, top + 300)
    y = top + 440
    if run is None:
        _arrow(page, y - 42)
        shares = _draw_means(page, left, y, image, dataset, language)
    else:
        if weights is not None:
            _arrow(page, y - 42)
            _draw_hidden(page, left, y, weights.activations(scale(image)), language)
        shares = Predictor(run).probabilities(image[None])[0]
    _arrow(page, y + 120)
    write(
        page, MARGIN, y + 330, say(language, "lesson.way_nearness" if run is None else "lesson.way_answer"), 25,
        linespacing=1.4,
    )  # fmt: skip
    box = (left - 10, y + 150, 784 + 10, 360)
    draw_named_bars(page, box, shares, label, language, percent=run is not None)
    return to_png(page)


def _draw_means(
    page: Figure, left: int, top: int, image: NDArray[np.uint8], dataset: Dataset, language: Language
) -> NDArray[np.float32]:
    """The ten average images; returns how near the image is to each, 1 for the nearest."""
    means = mean_images(dataset.train_images, dataset.train_labels)
    write(page, MARGIN, top + 28, sentences()(language, "lesson.way_means"), 25, linespacing=1.4)
    for number, mean in enumerate(means):
        paste(page, np.round(mean).astype(np.uint8), left + number * 81, top, 2)
    distances = np.sqrt(((means - image.astype(np.float32)) ** 2).mean(axis=(1, 2)))
    return distances.min() / distances


def _draw_hidden(page: Figure, left: float, top: float, answers: NDArray[np.float32], language: Language) -> None:
    """The hidden units as bars, as high as their answers."""
    write(page, MARGIN, top + 42, sentences()(language, "lesson.way_hidden", count=len(answers)), 25, linespacing=1.4)
    axes = place(page, left, top - 10, 784, 104, bare=True)
    axes.bar(range(len(answers)), answers, width=0.8, color=BLUE)
    axes.plot((-0.5, len(answers) - 0.5), (0, 0), color=SOFT, linewidth=1)
    axes.set_xlim(-0.5, len(answers) - 0.5)


def _arrow(page: Figure, y: float) -> None:
    write(page, 330 + 392, y, "↓", 40, SOFT, ha="center")
