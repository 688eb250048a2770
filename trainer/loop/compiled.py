"""The compiled functions: many training steps in one call, and the answers to one batch of images."""

# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false
# (Keras and TensorFlow annotate their own functions more narrowly than they are.)
from collections.abc import Callable
from typing import Any, Final

import keras
import tensorflow as tf

_SIGNATURE: Final = (tf.TensorSpec((None, 28, 28), tf.float32), tf.TensorSpec((None,), tf.int32))


def compile_steps(model: keras.Model, scale: Callable[[tf.Tensor], tf.Tensor]) -> Callable[..., Any]:
    """A function that makes many training steps in one call.

    `run_steps(images, labels, batches, step, stop)` trains on the rows step ... stop - 1 of `batches`,
    int32[steps, batch_size] of indices into images uint8[n, 28, 28] and labels int32[n]. It returns the sum of the
    batches' mean losses and the number of correct answers. `scale` maps float32[k, 28, 28] in [0, 255] to [0, 1].
    """
    optimizer = model.optimizer

    # AutoGraph could make a `tf.while_loop` of a Python loop, but takes a quarter of a second for it.
    @tf.function(jit_compile=xla_is_faster(model), autograph=False)
    def run_steps(
        images: tf.Tensor, labels: tf.Tensor, batches: tf.Tensor, step: tf.Tensor, stop: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        def one_step(step: tf.Tensor, loss_sum: tf.Tensor, correct: tf.Tensor) -> tuple[tf.Tensor, ...]:
            # [step]
            batch = tf.gather(batches, step)
            x, y = scale(tf.cast(tf.gather(images, batch), tf.float32)), tf.gather(labels, batch)
            with tf.GradientTape() as tape:
                probabilities = model(x, training=True)
                loss = model.compute_loss(x, y, probabilities)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            # [/step]
            return step + 1, loss_sum + loss, correct + _correct(probabilities, y)

        first = step, tf.constant(0.0), tf.constant(0)
        _, loss_sum, correct = tf.while_loop(lambda step, *_: step < stop, one_step, first)
        return loss_sum, correct

    return run_steps


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


def xla_is_faster(model: Any) -> bool:
    """Whether to compile the steps of a model with XLA: yes, unless it has convolutions.

    On a CPU, XLA's convolutions are 20 to 80 times slower than oneDNN's, and its loops over dense layers much faster.
    """
    layers = list(model._flatten_layers())  # noqa: SLF001 Keras has no public way to list nested layers
    return not any("Conv" in type(layer).__name__ for layer in layers)


def _correct(probabilities: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(tf.argmax(probabilities, 1, tf.int32) == labels, tf.int32))
