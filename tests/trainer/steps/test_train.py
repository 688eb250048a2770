"""Training learns, reports, stops when asked, and ends when it diverges."""

import time
from typing import Any

import keras
import numpy as np
import pytest

from trainer.data.dataset import Dataset
from trainer.errors import ConfigError, DivergedError, TrainingCancelled
from trainer.events import EpochEnded, Event, Progress
from trainer.recipes.tutorial import optimizer
from trainer.steps.build import build
from trainer.steps.compile import compile_model
from trainer.steps.preprocess import scale
from trainer.steps.train import DIVERGED_LOSS, GUESSING_LOSS, train

Data = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def data(practice: Dataset) -> Data:
    """320 training images."""
    return practice.train_images[:320], practice.train_labels[:320]


def new_model(seed: int = 1, learning_rate: float = 0.001) -> Any:
    model = build("tutorial", seed)
    compile_model(model, optimizer(learning_rate, 1))
    return model


@pytest.mark.parametrize("batch_size", [32, 48])  # 320 is no multiple of 48: the last batch is smaller
def test_it_learns_and_tells(data: Data, batch_size: int) -> None:
    events: list[Event] = []
    history = train(new_model(), *data, epochs=3, batch_size=batch_size, seed=1, test=data, on_event=events.append)
    assert [one.epoch for one in history] == [1, 2, 3]
    assert history[-1].loss < history[0].loss
    assert history[-1].test_accuracy > 0.5
    last = [event for event in events if isinstance(event, Progress)][-1]
    assert (last.epoch, last.step) == (3, last.steps) == (3, -(-320 // batch_size))
    assert [event for event in events if isinstance(event, EpochEnded)] == history


def test_the_same_seed_gives_the_same_run(data: Data) -> None:
    def trained(seed: int) -> tuple[list[float], Any]:
        model = new_model(seed)
        history = train(model, *data, epochs=2, batch_size=32, seed=seed, test=data)
        return [one.loss for one in history], model.get_weights()

    (losses, weights), (again, same_weights), (others, _) = trained(3), trained(3), trained(4)
    assert losses == again
    assert all(np.array_equal(one, same) for one, same in zip(weights, same_weights, strict=True))
    assert losses != others


def test_the_test_figures_are_keras_own(data: Data, practice: Dataset) -> None:
    """A set that is not a multiple of the batches in which it is looked at."""
    test = practice.test_images[:1010], practice.test_labels[:1010]
    model = new_model()
    history = train(model, *data, epochs=1, batch_size=64, seed=1, test=test)
    loss, accuracy = model.evaluate(scale(test[0]), test[1], verbose=0)
    assert history[0].test_loss == pytest.approx(loss, abs=1e-6)
    assert history[0].test_accuracy == pytest.approx(accuracy, abs=1e-6)


def test_a_batch_larger_than_the_data_is_refused(data: Data) -> None:
    with pytest.raises(ConfigError, match="321"):
        train(new_model(), *data, epochs=1, batch_size=321, seed=1, test=data)


def test_it_stops_when_asked(data: Data) -> None:
    images, labels = np.tile(data[0], (100, 1, 1)), np.tile(data[1], 100)
    told: list[float] = []  # when each event came: the first one after the compilation
    with pytest.raises(TrainingCancelled):
        train(
            new_model(), images, labels, epochs=50, batch_size=8, seed=1, test=data,
            on_event=lambda _: told.append(time.monotonic()),
            should_stop=lambda: bool(told) and time.monotonic() > told[0] + 0.5,
        )  # fmt: skip
    assert time.monotonic() - (told[0] + 0.5) < 1.0


def test_a_loss_that_is_no_number_ends_the_training(data: Data) -> None:
    model = new_model()
    model.compile(optimizer=keras.optimizers.SGD(1e30), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    told: list[Event] = []
    with pytest.raises(DivergedError) as caught:
        train(model, *data, epochs=50, batch_size=32, seed=1, test=data, on_event=told.append)
    assert "learning_rate" in caught.value.sentence("zh-CN")
    assert len(caught.value.history) < 50
    assert list(caught.value.history) == [event for event in told if isinstance(event, EpochEnded)]


def test_a_loss_far_worse_than_guessing_ends_it_too(data: Data) -> None:
    """Adam takes steps of the same size however steep it is: the loss stays a number, and nothing is learnt."""
    with pytest.raises(DivergedError) as caught:
        train(new_model(learning_rate=10.0), *data, epochs=50, batch_size=32, seed=1, test=data)
    (epoch,) = caught.value.history
    assert f"{epoch.loss:.2f}" in caught.value.sentence("en")
    assert epoch.loss > DIVERGED_LOSS
    untrained = train(new_model(learning_rate=1e-9), *data, epochs=1, batch_size=32, seed=1, test=data)[0].loss
    assert GUESSING_LOSS < untrained < 1.3 * GUESSING_LOSS  # who has not begun to learn is far from it


def test_convolutions_and_another_optimizer(data: Data) -> None:
    """The loop serves any Keras model and optimizer, batch normalisation included."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(8, 5, strides=4),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9), loss="sparse_categorical_crossentropy",
                  metrics=["accuracy"])  # fmt: skip
    history = train(model, *data, epochs=6, batch_size=32, seed=1, test=data)
    assert history[-1].loss < history[0].loss
