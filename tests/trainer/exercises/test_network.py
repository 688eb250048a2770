"""The exercises with an untrained network: build and compile."""

import io
import math

import pytest
from PIL import Image

from trainer.data.dataset import Dataset
from trainer.language import LANGUAGES


def test_build_says_what_the_untrained_network_is(practice: Dataset) -> None:
    from trainer.exercises import build

    figures, picture = build.run(practice, "en", 4)
    assert figures["layers"] == (
        ("Flatten", (None, 784), 0),
        ("Dense", (None, 128), 784 * 128 + 128),
        ("Dense", (None, 10), 128 * 10 + 10),
    )
    assert figures["parameters"] == 101_770
    assert figures["label"] == practice.test_labels[figures["index"]]
    assert len(figures["probabilities"]) == 10
    assert sum(figures["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert build.run(practice, "en", 4)[0] == figures
    assert build.run(practice, "en", 5)[0]["probabilities"] != figures["probabilities"]
    assert Image.open(io.BytesIO(picture)).size[0] == 1200
    assert picture != build.run(practice, "zh-CN", 4)[1]


def test_compile_makes_one_step(practice: Dataset) -> None:
    import keras

    from trainer.exercises import compile as exercise
    from trainer.recipes import recipe_module
    from trainer.steps.build import build
    from trainer.steps.compile import compile_model
    from trainer.steps.preprocess import scale

    seed = 9
    figures, _ = exercise.run(practice, "en", seed)
    assert figures["images"] == 32
    assert figures["steps"] == 375  # of 12 000 images
    assert figures["guessing_loss"] == pytest.approx(math.log(10))
    # the same by Keras itself
    import numpy as np

    batch = np.random.default_rng(seed).choice(len(practice.train_images), 32, replace=False)
    images, labels = scale(practice.train_images[batch]), practice.train_labels[batch]
    model = build("tutorial", seed)
    compile_model(model, recipe_module("tutorial").optimizer(0.001, 1))
    before = model.test_on_batch(images, labels)
    model.train_on_batch(images, labels)
    after = model.test_on_batch(images, labels)
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert [*figures["loss"]] == pytest.approx([before[0], after[0]], rel=1e-4)
    assert [*figures["accuracy"]] == pytest.approx([before[1], after[1]])
    assert 0 < figures["moved"] <= 32


def test_the_untrained_network_guesses_and_a_step_helps(practice: Dataset) -> None:
    from trainer.exercises import compile as exercise

    for seed in range(5):
        figures, _ = exercise.run(practice, "en", seed)
        before, after = figures["loss"]
        assert abs(before - math.log(10)) < 0.7
        assert after < before


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_of_a_step(practice: Dataset, language: str) -> None:
    from trainer.exercises import compile as exercise

    _, picture = exercise.run(practice, language, 1)  # pyright: ignore[reportArgumentType]
    assert Image.open(io.BytesIO(picture)).size[0] == 1200
    assert len(picture) < 200_000
