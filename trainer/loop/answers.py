"""A model's answers on many images, as one compiled function a batch."""

# pyright: reportArgumentType=false, reportReturnType=false
# (Keras and TensorFlow annotate their own functions more narrowly than they are.)
from collections.abc import Callable
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from trainer.errors import TrainingCancelled

_BATCH: Final = 1000  # the size changes no result, because no training step follows
_SIGNATURE: Final = (tf.TensorSpec((None, 28, 28), tf.float32), tf.TensorSpec((None,), tf.int32))


def compile_answers(model: keras.Model) -> Callable[..., Any]:
    """One batch of `model.evaluate` as a compiled function.

    `answer_batch(x, y)` takes float32[k, 28, 28] in [0, 1] and int32[k]; it returns the mean loss and the probabilities
    float32[k, 10].
    """

    @tf.function(autograph=False, input_signature=_SIGNATURE)
    def answer_batch(x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        probabilities = model(x, training=False)
        return model.compute_loss(x, y, probabilities, training=False), probabilities

    return answer_batch


def answer(
    answer_batch: Callable[..., Any],
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    scale: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    should_stop: Callable[[], bool],
) -> tuple[float, NDArray[np.float32]]:
    """The mean loss on uint8[n, 28, 28] and labels uint8[n], and the probabilities float32[n, 10].

    Raises TrainingCancelled before a batch if `should_stop()` is true.
    """
    loss_sum, pieces = 0.0, list[NDArray[np.float32]]()
    for first in range(0, len(images), _BATCH):
        if should_stop():
            raise TrainingCancelled
        x, y = scale(images[first : first + _BATCH]), labels[first : first + _BATCH]
        loss, probabilities = answer_batch(x, y.astype(np.int32))
        loss_sum += float(loss) * len(y)
        pieces.append(probabilities.numpy())
    return loss_sum / len(images), np.concatenate(pieces)
