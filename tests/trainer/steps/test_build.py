"""Step 1.4: the tutorial's network, layer by layer."""

import warnings

import numpy as np
import pytest

from trainer.recipes import RECIPES
from trainer.steps.build import build, mirrored


def test_the_network_is_the_tutorials() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # `input_shape` on a layer would make Keras warn
        model = build("tutorial", 1)
    assert [type(layer).__name__ for layer in model.layers] == ["Flatten", "Dense", "Dense"]
    assert model.count_params() == 784 * 128 + 128 + 128 * 10 + 10 == 101_770
    assert [layer.get_config().get("activation") for layer in model.layers] == [None, "relu", "softmax"]


def test_its_answers_are_shares() -> None:
    probabilities = np.asarray(build("tutorial", 1)(np.random.default_rng(1).random((3, 28, 28), np.float32)))
    assert probabilities.shape == (3, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_a_recipe_that_does_not_exist() -> None:
    with pytest.raises(KeyError):
        build("nothing", 1)


def test_the_seed_decides_the_first_weights() -> None:
    weights = [build("tutorial", seed).get_weights()[0] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert np.abs(weights[0] - weights[2]).max() > 0


def test_every_recipe_takes_the_same_and_answers_in_shares() -> None:
    images = np.random.default_rng(1).random((3, 28, 28), np.float32)
    for name in RECIPES:
        probabilities = np.asarray(build(name, 1)(images))
        assert probabilities.shape == (3, 10)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_the_mirrored_model_does_not_care_which_way_a_shoe_points() -> None:
    images = np.random.default_rng(1).random((3, 28, 28), np.float32)
    model = build("tutorial", 1)
    both = np.asarray(mirrored(model)(images))
    np.testing.assert_allclose(both, np.asarray(mirrored(model)(images[:, :, ::-1])), atol=1e-6)
    mean = (np.asarray(model(images)) + np.asarray(model(images[:, :, ::-1]))) / 2
    np.testing.assert_allclose(both, mean, atol=1e-6)
