"""One pass over all training images, in compiled calls of about a sixth of a second."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false
# (TensorFlow annotates its own functions more narrowly than they are.)
import math
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from trainer.data.idx import ALIGNMENT
from trainer.errors import TrainingCancelled
from trainer.events import Progress

CHUNK_S: Final = 0.15  # duration of one compiled call, so that progress and cancellation stay prompt
AUGMENT_AT_ONCE: Final = 5000  # images
_EVENT_EVERY_S: Final = 0.2


class Epochs:
    """Calls a compiled `run_steps` chunk by chunk and reports the progress."""

    def __init__(
        self,
        run_steps: Callable[..., Any],
        images: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        *,
        batch_size: int,
        epochs: int,
        on_event: Callable[[Progress], None],
        should_stop: Callable[[], bool],
    ) -> None:
        """images: uint8[n, 28, 28]; labels: uint8[n]; `should_stop` is asked before every compiled call."""
        self._run_steps = run_steps
        self._images = as_tensor(images)
        self._labels = tf.constant(labels.astype(np.int32))
        self._batch_size = batch_size
        self._epochs = epochs
        self._on_event = on_event
        self._should_stop = should_stop
        self._chunk_steps = 1  # a step takes between a tenth of a millisecond and half a second
        self._began = time.perf_counter()
        self._reported_s = 0.0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the training began."""
        return time.perf_counter() - self._began

    def run(
        self, epoch: int, order: NDArray[np.int32], augment: Callable[[tf.Tensor], tf.Tensor] | None
    ) -> tuple[float, float]:
        """Train on all images in this order, int32[n]; return the means of loss and accuracy.

        Ends early, with a loss of NaN, when the loss is no longer a number. Raises TrainingCancelled.
        """
        images = self._images if augment is None else self._augmented(augment)
        size, whole = self._batch_size, len(order) // self._batch_size
        steps = math.ceil(len(order) / size)
        batches = tf.constant(order[: whole * size].reshape(whole, size))
        rest = tf.constant(order[None, whole * size :])  # a smaller last batch has another shape, compiled separately
        loss_sum, correct, step = 0.0, 0, 0
        while step < steps:
            self._raise_if_cancelled()
            began = time.perf_counter()
            stop = min(step + self._chunk_steps, whole)
            if step < whole:
                loss, hits = self._run_steps(images, self._labels, batches, tf.constant(step), tf.constant(stop))
                loss_sum += float(loss) * size
                self._adapt(stop - step, time.perf_counter() - began)
            else:
                stop = steps
                loss, hits = self._run_steps(images, self._labels, rest, tf.constant(0), tf.constant(1))
                loss_sum += float(loss) * rest.shape[1]
            correct, step, seen = correct + int(hits), stop, min(stop * size, len(order))
            if not math.isfinite(loss_sum):
                return math.nan, correct / seen
            self._report(Progress(epoch, self._epochs, step, steps, loss_sum / seen, correct / seen, self.elapsed_s))
        return loss_sum / len(order), correct / len(order)

    def _augmented(self, augment: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
        pieces = []
        for first in range(0, len(self._images), AUGMENT_AT_ONCE):
            self._raise_if_cancelled()
            pieces.append(augment(self._images[first : first + AUGMENT_AT_ONCE]))
        return tf.concat(pieces, axis=0)

    def _raise_if_cancelled(self) -> None:
        if self._should_stop():
            raise TrainingCancelled

    def _report(self, progress: Progress) -> None:
        if progress.elapsed_s - self._reported_s >= _EVENT_EVERY_S or progress.step == progress.steps:
            self._reported_s = progress.elapsed_s
            self._on_event(progress)

    def _adapt(self, chunk: int, took_s: float) -> None:
        """Choose the next chunk's size by the last one's duration, but not by a short one at the end of an epoch."""
        if chunk == self._chunk_steps:
            self._chunk_steps = max(1, min(8 * chunk, round(chunk * CHUNK_S / took_s)))


def as_tensor(images: NDArray[np.uint8]) -> tf.Tensor:
    """uint8[n, 28, 28] as a tensor. On a CPU it shares the array's memory if it is aligned, which saves 47 MB and for a
    moment 94 MB; the array must not be changed any more.
    """
    shared = images.flags.c_contiguous and images.flags.writeable and images.ctypes.data % ALIGNMENT == 0
    if not shared or tf.config.list_logical_devices("GPU"):
        return tf.identity(images)
    return tf.experimental.dlpack.from_dlpack(images.__dlpack__())
