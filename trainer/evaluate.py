# pyright: reportArgumentType=false
# (Keras annotates `verbose` more narrowly than it is.)
"""Step 1.7: how well the trained network does on images it has never seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from trainer.errors import TrainingCancelled
from trainer.train import Labels


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


class StopWhenAsked(keras.callbacks.Callback):
    """TrainingCancelled before a batch, once `should_stop()` says so."""

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        super().__init__()
        self._should_stop = should_stop

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 Keras passes them by name
        """Of `model.evaluate`."""
        if self._should_stop():
            raise TrainingCancelled


def evaluate(
    model: keras.Model, images: NDArray[np.float32], labels: Labels, callbacks: Sequence[keras.callbacks.Callback] = ()
) -> Evaluation:
    """Everything that is reported about a model: images float32[n, 28, 28] in [0, 1], labels uint8[n]."""
    test_loss, test_accuracy = model.evaluate(images, labels, batch_size=1000, verbose=0, callbacks=list(callbacks))
    # In pieces: `model.predict` would copy all images once more.
    pieces = [model.predict_on_batch(images[first : first + 1000]) for first in range(0, len(images), 1000)]
    probabilities = np.concatenate(pieces)
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    recall = np.diag(confusion) / np.maximum(confusion.sum(axis=1), 1)
    return Evaluation(test_accuracy, test_loss, recall, confusion, probabilities)
