# pyright: reportArgumentType=false
# (Keras annotates `verbose` more narrowly than it is.)
"""Step 1.7: how well the trained network does on images it has never seen."""

from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from trainer.train import Images, Labels


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


def evaluate(model: keras.Model, images: Images, labels: Labels) -> Evaluation:
    """Everything that is reported about a model: images float32[n, 28, 28], labels uint8[n]."""
    test_loss, test_accuracy = model.evaluate(images, labels, batch_size=1000, verbose=0)
    probabilities = model.predict(images, batch_size=1000, verbose=0)
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    recall = np.diag(confusion) / np.maximum(confusion.sum(axis=1), 1)
    return Evaluation(test_accuracy, test_loss, recall, confusion, probabilities)
