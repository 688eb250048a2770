"""Runs that nobody trained: usual, unusual and degenerate ones."""

import json
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from bot.questions.run_facts import TRAINING_IMAGES
from trainer.data.dataset import VALIDATION_SHARE
from trainer.data.practice import TRAIN_COUNT
from trainer.events import EpochEnded
from trainer.recipes import RECIPES


class Made(NamedTuple):
    """A run that nobody trained."""

    record: dict[str, Any]
    history: list[EpochEnded]

    @property
    def matrix(self) -> np.ndarray:
        return np.array(self.record["metrics"]["confusion"])

    @property
    def config(self) -> dict[str, Any]:
        return self.record["config"]

    @property
    def trained_on(self) -> int:
        whole = {"fashion-mnist": 60_000, "practice": TRAIN_COUNT}[self.record["dataset"]["name"]]
        return whole - whole // VALIDATION_SHARE if RECIPES[self.config["recipe"]].validation else whole

    @property
    def batches(self) -> list[int]:
        """The number of images in each batch of an epoch."""
        return batches(self.trained_on, self.config["batch_size"])


def batches(images: int, size: int) -> list[int]:
    return [min(size, images - first) for first in range(0, images, size)]


shares = st.floats(0, 1)
losses = st.floats(0, 12)
counts = st.integers(0, 1000)


def matrix_of(rows: list[list[int]]) -> list[list[int]]:
    """Every class has at least one image."""
    return [row if sum(row) else [1] * 10 for row in rows]


def filled_up(rows: list[list[int]], right: list[int]) -> list[list[int]]:
    """Every class has 1000 images: those that are wrong, few of them, and the rest right or one wrong class."""
    matrix = []
    for label, row in enumerate(rows):
        matrix.append([*row])
        matrix[label][right[label]] += 1000 - sum(row)
    return matrix


def of_ten(right: list[int]) -> list[list[int]]:
    """Ten images of each class; the wrong ones are taken for the next class."""
    return [
        [right[true] if said == true else (10 - right[true]) * (said == (true + 1) % 10) for said in range(10)]
        for true in range(10)
    ]


def constant(size: int, answer: int) -> list[list[int]]:
    return [[size if said == answer else 0 for said in range(10)] for _ in range(10)]


def diagonal(size: int) -> list[list[int]]:
    return [[size if said == true else 0 for said in range(10)] for true in range(10)]


def table(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[list[list[int]]]:
    return st.lists(st.lists(numbers, min_size=10, max_size=10), min_size=10, max_size=10)


confusions = st.one_of(
    st.builds(filled_up, table(st.integers(0, 100)), st.just([*range(10)])),
    st.builds(filled_up, table(st.integers(0, 3)), st.lists(st.integers(0, 9), min_size=10, max_size=10)),
    table(counts).map(matrix_of),
    table(st.integers(0, 2)).map(matrix_of),
    st.permutations([8] * 7 + [6, 9, 9]).map(of_ten),  # seven classes are exactly at the mean of all
    st.builds(constant, st.sampled_from((200, 1000)), st.integers(0, 9)),
    st.sampled_from((200, 1000)).map(diagonal),
)


@st.composite
def runs(draw: st.DrawFn) -> Made:
    recipe, dataset = draw(st.sampled_from([*RECIPES])), draw(st.sampled_from([*TRAINING_IMAGES]))
    epochs = draw(st.one_of(st.integers(1, 4), st.integers(1, 50)))
    some = st.one_of(shares, st.sampled_from((0.0, 0.5, 1.0)))
    history = [
        EpochEnded(number, epochs, draw(losses), draw(some), draw(losses), draw(some), 1.0 * number)
        for number in range(1, epochs + 1)
    ]
    matrix = draw(confusions)
    changes = {name: draw(some) for name in ("none", "mirror", "shift_1", "shift_2", "shift_3")}
    record = {
        "config": {"recipe": recipe, "epochs": epochs, "batch_size": draw(st.integers(8, 1024))},
        "dataset": {"name": dataset},
        "parameters": draw(st.sampled_from((784, 7850, 101_770, 307_634, 1_228_908))),
        "metrics": {
            "test_accuracy": float(np.trace(np.array(matrix)) / np.sum(matrix)),
            "train_accuracy": draw(some),
            "test_loss": draw(losses),
            "confusion": matrix,
        },
        "robustness": draw(st.sampled_from((None, changes))),
    }
    return Made(json.loads(json.dumps(record)), history if draw(st.integers(0, 9)) else [])


USUAL = Made(
    {
        "config": {"recipe": "tutorial", "epochs": 4, "batch_size": 50},
        "dataset": {"name": "fashion-mnist"},
        "parameters": 101_770,
        "metrics": {
            "test_accuracy": 0.8,
            "train_accuracy": 0.9,
            "test_loss": 0.4,
            "confusion": [
                [955 - 17 * true if said == true else 2 * true + said for said in range(10)] for true in range(10)
            ],
        },
        "robustness": {"none": 0.8, "mirror": 0.6, "shift_3": 0.3},
    },
    [
        EpochEnded(number, 4, 1 / number, 0.9 - 0.1 / number, 0.9, (0.1, 0.2, 0.4, 0.3)[number - 1], 1.0)
        for number in (1, 2, 3, 4)
    ],
)
