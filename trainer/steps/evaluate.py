"""Step 1.7: loss and accuracy of the trained network on images that it was not trained on."""

# pyright: reportArgumentType=false
# (Keras annotates `verbose` more narrowly than it is.)
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from trainer.loop.twin import twin_of
from trainer.steps.preprocess import scale
from trainer.steps.train import Images, Labels


@dataclass(frozen=True)
class Evaluation:
    """Figures on a set of images.

    `accuracy` is a fraction, `loss` the mean cross-entropy in nats, `recall` float64[10] the accuracy within each
    class, `confusion` int64[10, 10] counts with the true class as row, `probabilities` float32[n, 10].
    """

    accuracy: float
    loss: float
    recall: NDArray[np.float64]
    confusion: NDArray[np.int64]
    probabilities: NDArray[np.float32]


def evaluate_plain(model: keras.Model, images: NDArray[np.float32], labels: Labels) -> Any:
    """The tutorial's way; returns loss and accuracy."""
    return model.evaluate(images, labels, verbose=2)


def evaluate(
    model: keras.Model, images: Images, labels: Labels, should_stop: Callable[[], bool] = lambda: False
) -> Evaluation:
    """Evaluate a compiled model on images uint8[n, 28, 28] with labels uint8[n].

    Raises TrainingCancelled before a batch if `should_stop()` is true.
    """
    loss, probabilities = twin_of(model, scale).answer(images, labels, should_stop)
    # [counts]
    answers = probabilities.argmax(axis=1)
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (labels, answers), 1)
    accuracy = float((answers == labels).mean())
    recall = np.diag(confusion) / np.maximum(confusion.sum(axis=1), 1)
    # [/counts]
    return Evaluation(accuracy, loss, recall, confusion, probabilities)
