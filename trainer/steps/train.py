# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false
# (Keras and TensorFlow annotate their own functions more narrowly than they are.)
"""Step 1.6: fit the network to the training data.

`fit_plain` is the tutorial's `model.fit`. It spends nearly all its time in Python, between 1875 tiny steps an epoch.
`train` does the same arithmetic - the same model, loss, optimizer and batches - with many steps compiled into one
call, and so is many times faster (the README has the measurement). It takes any Keras model and any Keras optimizer.
"""

import math
import time
from collections.abc import Callable
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from trainer.data.idx import ALIGNMENT
from trainer.errors import ConfigError, DivergedError, TrainingCancelled
from trainer.events import EpochEnded, Event, Progress
from trainer.steps.preprocess import scale

Images = NDArray[np.uint8]
Labels = NDArray[np.uint8]
CHUNK_S: Final = 0.15  # one compiled call lasts about this long, so that progress and cancel stay prompt
# A network that gives each of the ten classes the same share has a loss of ln 10 = 2.30, whatever it is shown. Twice
# that as the mean of an epoch is worse than knowing nothing: measured for Adam with a learning rate of 1 and more.
GUESSING_LOSS: Final = math.log(10)
DIVERGED_LOSS: Final = 2 * GUESSING_LOSS
_EVENT_EVERY_S: Final = 0.2
_TEST_BATCH: Final = 1000  # no step follows, so the size of these batches decides nothing
_TEST_BATCH_OF: Final = (tf.TensorSpec((None, 28, 28), tf.float32), tf.TensorSpec((None,), tf.int32))
_TRIAL_STEPS: Final = 20
AUGMENT_AT_ONCE: Final = 5000


def fit_plain(model: keras.Model, images: Any, labels: Labels, *, epochs: int, batch_size: int = 32) -> Any:
    """The tutorial's way; returns Keras' History."""
    return model.fit(images, labels, epochs=epochs, batch_size=batch_size)


def as_tensor(images: Images) -> tf.Tensor:
    """uint8[n, 28, 28] where TensorFlow computes. On a CPU it shares the array's memory if it can: 47 MB less, and for
    a moment 94 MB less. The array must not be changed any more.
    """
    shared = images.flags.c_contiguous and images.flags.writeable and images.ctypes.data % ALIGNMENT == 0
    if not shared or tf.config.list_logical_devices("GPU"):
        return tf.identity(images)
    return tf.experimental.dlpack.from_dlpack(images.__dlpack__())


def compile_steps(model: keras.Model, *, jit_compile: bool) -> Callable[..., Any]:
    """Many training steps as one compiled function.

    `run_steps(images, labels, batches, step, stop)` trains on the rows step ... stop - 1 of `batches`,
    int32[steps, batch_size] of numbers into images uint8[n, 28, 28] and labels int32[n]; it returns the sum of the
    batches' mean losses and the number of hits. `jit_compile`: by XLA as a whole, else operation by operation.
    """

    # AutoGraph would make this `tf.while_loop` of a Python `while`, but takes a quarter of a second for it.
    @tf.function(jit_compile=jit_compile, autograph=False)
    def run_steps(
        images: tf.Tensor, labels: tf.Tensor, batches: tf.Tensor, step: tf.Tensor, stop: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        def one_step(step: tf.Tensor, loss_sum: tf.Tensor, hits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            # [loop]
            batch = tf.gather(batches, step)
            x, y = scale(tf.cast(tf.gather(images, batch), tf.float32)), tf.gather(labels, batch)
            with tf.GradientTape() as tape:
                probabilities = model(x, training=True)
                loss = model.compute_loss(x, y, probabilities)
            gradients = tape.gradient(loss, model.trainable_variables)
            model.optimizer.apply(gradients, model.trainable_variables)
            # [/loop]
            return step + 1, loss_sum + loss, hits + _hits(probabilities, y)

        first = step, tf.constant(0.0), tf.constant(0)
        _, loss_sum, hits = tf.while_loop(lambda step, *_: step < stop, one_step, first)
        return loss_sum, hits

    return run_steps


def compile_test(model: Any) -> Callable[..., Any]:
    """One batch of `model.evaluate` as a compiled function, compiled once a model.

    `run_test(x, y)` takes float32[n, 28, 28] in [0, 1] and int32[n]; it returns the mean loss and the probabilities
    float32[n, 10].
    """
    if (compiled := getattr(model, "tutor_test", None)) is not None:
        return compiled

    @tf.function(autograph=False, input_signature=_TEST_BATCH_OF)
    def run_test(x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        probabilities = model(x, training=False)
        return model.compute_loss(x, y, probabilities, training=False), probabilities

    model.tutor_test = run_test
    return run_test


def answer(
    model: keras.Model, images: Images, labels: Labels, should_stop: Callable[[], bool]
) -> tuple[float, NDArray[np.float32]]:
    """The mean loss on uint8[n, 28, 28] and labels uint8[n], and the probabilities float32[n, 10].

    Raises TrainingCancelled before a batch, once `should_stop()` says so.
    """
    run_test = compile_test(model)
    loss_sum, pieces = 0.0, list[Any]()
    for first in range(0, len(images), _TEST_BATCH):
        if should_stop():
            raise TrainingCancelled
        x, y = scale(images[first : first + _TEST_BATCH]), labels[first : first + _TEST_BATCH]
        loss, probabilities = run_test(x, y.astype(np.int32))
        loss_sum += float(loss) * len(y)
        pieces.append(probabilities.numpy())
    return loss_sum / len(images), np.concatenate(pieces)


def _hits(probabilities: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(tf.argmax(probabilities, 1, tf.int32) == labels, tf.int32))


def xla_is_faster(model: keras.Model, images: tf.Tensor, labels: tf.Tensor, batches: tf.Tensor) -> bool:
    """Whether to compile the steps of a model with XLA: known for a CPU, measured on a GPU.

    On a CPU, XLA's convolutions are 20 to 80 times slower than oneDNN's, and its loops over dense layers much faster.
    """
    if tf.config.list_logical_devices("GPU"):
        return measured_faster(model, images, labels, batches)
    layers = list(model._flatten_layers())  # noqa: SLF001 Keras offers no public walk over nested layers
    return not any("Conv" in type(layer).__name__ for layer in layers)


def measured_faster(model: keras.Model, images: tf.Tensor, labels: tf.Tensor, batches: tf.Tensor) -> bool:
    """Time a few steps both ways on the machine itself; the model and its optimizer stay as they were."""
    variables = [*model.variables, *model.optimizer.variables]
    before = [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]
    seconds: dict[bool, float] = {}
    for jit_compile in (False, True):
        run_steps = compile_steps(model, jit_compile=jit_compile)
        for _ in range(2):  # the first call compiles
            began = time.perf_counter()
            loss, _ = run_steps(images, labels, batches, tf.constant(0), tf.constant(_TRIAL_STEPS))
            float(loss)  # waits for the device
            seconds[jit_compile] = time.perf_counter() - began
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    return seconds[True] < seconds[False]


def train(
    model: keras.Model,
    images: Images,
    labels: Labels,
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    test: tuple[Images, Labels],
    augment: Callable[[tf.Tensor], tf.Tensor] | None = None,
    on_event: Callable[[Event], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[EpochEnded]:
    """Train a compiled model in place.

    Args:
        model: built and compiled; takes float32[n, 28, 28] in [0, 1].
        images: uint8[n, 28, 28]; each batch is scaled when its turn comes, which needs a quarter of the memory.
        labels: uint8[n] in 0 ... 9.
        epochs: passes over all images, from 1 on.
        batch_size: images a step, at most n.
        seed: decides the order of the batches, which is drawn anew for each epoch.
        test: images and labels whose loss and accuracy are reported after each epoch; nothing is decided by them.
        augment: changes uint8[k, 28, 28]; asked before each epoch, `AUGMENT_AT_ONCE` images at a time.
        on_event: receives Progress a few times a second and an EpochEnded for each epoch.
        should_stop: asked after every compiled call.

    Returns the epochs. Raises TrainingCancelled; DivergedError, with the epochs until then, when the loss is no longer
    a number, or over DIVERGED_LOSS in an epoch; ConfigError (`batch_larger_than_data`).
    """
    if batch_size > len(images):
        raise ConfigError("batch_larger_than_data", batch_size=batch_size, images=len(images))
    loop = _Loop(
        model, images, labels, batch_size=batch_size, epochs=epochs, on_event=on_event, should_stop=should_stop
    )
    order = np.random.default_rng(seed)
    history: list[EpochEnded] = []
    for epoch in range(1, epochs + 1):
        loss, accuracy = loop.epoch(epoch, order.permutation(len(images)).astype(np.int32), augment)
        if not math.isfinite(loss):
            raise DivergedError("diverged", epoch=epoch, history=history)
        trained = time.perf_counter()
        test_loss, probabilities = answer(model, *test, should_stop)
        test_accuracy = float((probabilities.argmax(axis=1) == test[1]).mean())
        now = time.perf_counter()
        elapsed_s, test_s = now - loop.started, now - trained
        ended = EpochEnded(epoch, epochs, loss, accuracy, test_loss, test_accuracy, elapsed_s, test_s)
        history.append(ended)
        on_event(ended)
        if loss > DIVERGED_LOSS:
            raise DivergedError("diverged_far", epoch=epoch, loss=loss, guessing=GUESSING_LOSS, history=history)
    return history


class _Loop:
    """Feeds `run_steps` with chunks of about CHUNK_S and tells what comes out."""

    def __init__(
        self,
        model: keras.Model,
        images: Images,
        labels: Labels,
        *,
        batch_size: int,
        epochs: int,
        on_event: Callable[[Event], None],
        should_stop: Callable[[], bool],
    ) -> None:
        self._batch_size = batch_size
        self._epochs = epochs
        self._on_event = on_event
        self._should_stop = should_stop
        self._chunk_steps = 1  # a step may take a tenth of a millisecond or half a second
        self._told = 0.0
        self.started = time.perf_counter()
        self._images = as_tensor(images)
        self._labels = tf.constant(labels.astype(np.int32))
        self._run_steps = self._compiled(model)

    def _compiled(self, model: Any) -> Callable[..., Any]:
        """`run_steps`; it stays with the model and serves its next training, too."""
        model.optimizer.build(model.trainable_variables)
        optimizer, run_steps = getattr(model, "tutor_steps", (None, None))
        if optimizer is not model.optimizer:
            trial = np.resize(np.arange(len(self._images), dtype=np.int32), (_TRIAL_STEPS, self._batch_size))
            jit_compile = xla_is_faster(model, self._images, self._labels, tf.constant(trial))
            run_steps = compile_steps(model, jit_compile=jit_compile)
            model.tutor_steps = model.optimizer, run_steps
        return run_steps

    def epoch(
        self, epoch: int, order: NDArray[np.int32], augment: Callable[[tf.Tensor], tf.Tensor] | None
    ) -> tuple[float, float]:
        """One pass over all images in this order, int32[n]; returns the means of loss and accuracy.

        It ends early, with NaN, as soon as the loss is no longer a number.
        """
        images = self._images if augment is None else self._augmented(augment)
        size, whole = self._batch_size, len(order) // self._batch_size
        steps = math.ceil(len(order) / size)
        batches = tf.constant(order[: whole * size].reshape(whole, size))
        rest = tf.constant(order[None, whole * size :])  # the last batch may be smaller: another shape, compiled apart
        loss_sum, hits, step = 0.0, 0, 0
        while step < steps:
            self._stop_if_asked()
            began = time.perf_counter()
            stop = min(step + self._chunk_steps, whole)
            if step < whole:
                loss, right = self._run_steps(images, self._labels, batches, tf.constant(step), tf.constant(stop))
                loss_sum += float(loss) * size
                self._adapt(stop - step, time.perf_counter() - began)
            else:
                stop = steps
                loss, right = self._run_steps(images, self._labels, rest, tf.constant(0), tf.constant(1))
                loss_sum += float(loss) * rest.shape[1]
            hits, step, seen = hits + int(right), stop, min(stop * size, len(order))
            if not math.isfinite(loss_sum):
                return math.nan, hits / seen
            self._tell(Progress(epoch, self._epochs, step, steps, loss_sum / seen, hits / seen, self._elapsed()))
        return loss_sum / len(order), hits / len(order)

    def _augmented(self, augment: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
        pieces = []
        for first in range(0, len(self._images), AUGMENT_AT_ONCE):
            self._stop_if_asked()
            pieces.append(augment(self._images[first : first + AUGMENT_AT_ONCE]))
        return tf.concat(pieces, axis=0)

    def _stop_if_asked(self) -> None:
        """TrainingCancelled if somebody asked for it."""
        if self._should_stop():
            raise TrainingCancelled

    def _elapsed(self) -> float:
        return time.perf_counter() - self.started

    def _tell(self, progress: Progress) -> None:
        if progress.elapsed_s - self._told >= _EVENT_EVERY_S or progress.step == progress.steps:
            self._told = progress.elapsed_s
            self._on_event(progress)

    def _adapt(self, chunk: int, took_s: float) -> None:
        if chunk == self._chunk_steps:  # not at the end of an epoch, where little is left
            self._chunk_steps = max(1, min(2 * chunk, round(chunk * CHUNK_S / took_s)))
