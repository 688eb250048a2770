"""Step 1.6: fit the network to the training data.

`fit_plain` is the tutorial's `model.fit`. It spends most of its time in Python, between 1875 tiny steps an epoch.
`train` does the same arithmetic - the same model, loss, optimizer and batches - with many steps in one compiled call
(see `trainer.loop`), and so is about ten times as fast (trainer/README.md has the measurement).
"""

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from trainer.errors import ConfigError, DivergedError
from trainer.events import EpochEnded, Event
from trainer.loop.epochs import Epochs
from trainer.loop.twin import training_twin
from trainer.steps.preprocess import scale

if TYPE_CHECKING:
    import tensorflow as tf

Images = NDArray[np.uint8]
Labels = NDArray[np.uint8]
# A network that gives each of the ten classes the same probability has a loss of ln 10 = 2.30 on any image. Twice that
# as the mean of an epoch is worse than guessing; Adam with a learning rate of 1 or more gets there.
GUESSING_LOSS: Final = math.log(10)
DIVERGED_LOSS: Final = 2 * GUESSING_LOSS


def fit_plain(model: keras.Model, images: Any, labels: Labels, *, epochs: int, batch_size: int = 32) -> Any:
    """The tutorial's way; returns Keras' History."""
    return model.fit(images, labels, epochs=epochs, batch_size=batch_size)


def train(
    model: keras.Model,
    images: Images,
    labels: Labels,
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    test: tuple[Images, Labels],
    augment: "Callable[[tf.Tensor], tf.Tensor] | None" = None,
    on_event: Callable[[Event], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[EpochEnded]:
    """Train a compiled model in place.

    Args:
        model: Sequential or functional, built and compiled; takes float32[n, 28, 28] in [0, 1].
        images: uint8[n, 28, 28]; scaled batch by batch, which needs a quarter of the memory.
        labels: uint8[n] in 0 ... 9.
        epochs: passes over all images, from 1 on.
        batch_size: images a step, at most n.
        seed: decides the order of the images, which is drawn anew for each epoch.
        test: images and labels whose loss and accuracy are reported after each epoch; they change nothing.
        augment: changes uint8[k, 28, 28]; called before each epoch, for a few thousand images at a time.
        on_event: receives Progress a few times a second and an EpochEnded for each epoch.
        should_stop: asked before every compiled call.

    Returns the epochs. Raises TrainingCancelled; DivergedError, with the epochs until then, when the loss is no longer
    a number or exceeds DIVERGED_LOSS in an epoch; ConfigError (`batch_larger_than_data`).
    """
    if batch_size > len(images):
        raise ConfigError("batch_larger_than_data", batch_size=batch_size, images=len(images))
    order = np.random.default_rng(seed)
    history: list[EpochEnded] = []
    with training_twin(model, scale) as twin:
        loop = Epochs(
            twin.run_steps, images, labels,
            batch_size=batch_size, epochs=epochs, on_event=on_event, should_stop=should_stop,
        )  # fmt: skip
        for epoch in range(1, epochs + 1):
            loss, accuracy = loop.run(epoch, order.permutation(len(images)).astype(np.int32), augment)
            if not math.isfinite(loss):
                raise DivergedError("diverged", epoch=epoch, history=history)
            began = time.perf_counter()
            test_loss, probabilities = twin.answer(*test, should_stop)
            test_accuracy = float((probabilities.argmax(axis=1) == test[1]).mean())
            test_s = time.perf_counter() - began
            history.append(EpochEnded(epoch, epochs, loss, accuracy, test_loss, test_accuracy, loop.elapsed_s, test_s))
            on_event(history[-1])
            if loss > DIVERGED_LOSS:
                raise DivergedError("diverged_far", epoch=epoch, loss=loss, guessing=GUESSING_LOSS, history=history)
    return history
