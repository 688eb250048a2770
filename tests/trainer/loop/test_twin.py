"""A twin has all of a model's state, and what is compiled for it is used again."""

# pyright: reportArgumentType=false
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.data.dataset import Dataset
from trainer.loop import twin as twins
from trainer.loop.twin import training_twin, twin_of
from trainer.recipes import fast, recipe_module
from trainer.recipes.tutorial import optimizer
from trainer.steps.build import build, mirrored
from trainer.steps.compile import compile_model
from trainer.steps.preprocess import scale
from trainer.steps.train import train


@pytest.fixture(autouse=True)
def no_twins() -> Iterator[None]:
    kept = dict(twins._twins)
    twins._twins.clear()
    yield
    twins._twins.clear()
    twins._twins.update(kept)


def new_model(seed: int = 1, given: keras.optimizers.Optimizer | None = None, recipe: str = "tutorial") -> Any:
    model = build(recipe, seed)
    compile_model(model, given or optimizer(0.001, 1))
    return model


def with_hidden_state() -> Any:
    """Batch normalisation has weights that are not trained, dropout a generator of random numbers."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(8, use_bias=False, kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5, seed=3),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    compile_model(model, keras.optimizers.AdamW(0.01, weight_decay=0.1))
    return model


def values(model: Any) -> list[Any]:
    return [keras.ops.convert_to_numpy(variable) for variable in (*model.variables, *model.optimizer.variables)]


@pytest.mark.slow
def test_a_trained_model_is_left_as_fit_leaves_it(practice: Dataset) -> None:
    """All variables, also the optimizer's."""
    images, labels = practice.train_images[:32], practice.train_labels[:32]
    ours, theirs = with_hidden_state(), with_hidden_state()
    theirs.compile(theirs.optimizer, theirs.loss, jit_compile=True)  # XLA draws other random numbers for dropout
    for model in (ours, theirs):
        model.layers[2].moving_mean.assign(np.arange(8))  # not what a new layer has
        model.layers[3].seed_generator.state.assign([5, 6])
    before = values(theirs)
    for epochs in (3, 2):  # the second training goes on where the first one ended
        train(ours, images, labels, epochs=epochs, batch_size=32, seed=1, test=(images, labels))
        order = np.random.default_rng(1)
        for _ in range(epochs):
            rows = order.permutation(32)
            theirs.fit(scale(images[rows]), labels[rows], batch_size=32, shuffle=False, verbose=0)
        assert int(ours.optimizer.iterations) == int(theirs.optimizer.iterations)
        for one, other in zip(values(ours), values(theirs), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4)
    assert sum(not np.array_equal(one, other) for one, other in zip(before, values(ours), strict=False)) > 6


def test_answers_are_the_models_own(practice: Dataset) -> None:
    images, labels = practice.test_images[:1010], practice.test_labels[:1010]
    for model in (with_hidden_state(), new_model(recipe="fast"), mirrored(new_model(recipe="fast"))):
        compile_model(model, keras.optimizers.Adam())
        loss, probabilities = twin_of(model, scale).answer(images, labels, lambda: False)
        np.testing.assert_allclose(probabilities, model.predict(scale(images), verbose=0), atol=1e-5)
        assert loss == pytest.approx(model.evaluate(scale(images), labels, verbose=0)[0], rel=1e-4)


def test_the_same_architecture_has_the_same_twin() -> None:
    """Whatever names Keras gave to the layers, and whatever the learning rate is."""
    one, other = new_model(1), new_model(2, optimizer(0.5, 1))
    assert one.layers[1].name != other.layers[1].name
    first = twin_of(one, scale)
    with training_twin(other, scale) as twin:
        assert twin is first
        assert float(twin.model.optimizer.learning_rate) == 0.5
        np.testing.assert_array_equal(twin.model.get_weights()[0], other.get_weights()[0])
    assert twin_of(mirrored_twice := compiled(mirrored(new_model())), scale) is not first
    assert twin_of(compiled(mirrored(new_model(2))), scale) is twin_of(mirrored_twice, scale)


def compiled(model: Any) -> Any:
    compile_model(model, keras.optimizers.Adam())
    return model


def test_what_is_compiled_in_makes_another_twin() -> None:
    first = twin_of(new_model(), scale)
    assert twin_of(new_model(given=keras.optimizers.Adam(beta_1=0.5)), scale) is not first
    assert twin_of(new_model(given=keras.optimizers.SGD()), scale) is not first
    short, long = (twin_of(new_model(given=fast.optimizer(0.25, steps)), scale) for steps in (100, 200))
    assert short is not long
    assert twin_of(new_model(given=fast.optimizer(0.25, 200)), scale) is long
    narrow = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    assert twin_of(compiled(narrow), scale) is not first


@pytest.mark.parametrize("recipe", ["tutorial", "fast", "best"])
def test_the_twin_has_the_recipes_layers(recipe: str) -> None:
    model = new_model(given=recipe_module(recipe).optimizer(0.01, 100), recipe=recipe)
    twin = twin_of(model, scale)
    assert twin.model is not model
    assert [type(layer) for layer in twin.model.layers] == [type(layer) for layer in model.layers]
    images = np.random.default_rng(1).random((3, 28, 28), np.float32)
    np.testing.assert_allclose(twin.model(images), model(images), atol=1e-6)


def test_a_second_training_compiles_nothing(practice: Dataset) -> None:
    data = practice.train_images[:320], practice.train_labels[:320]
    counts = []
    for seed in (1, 2):
        model = new_model(seed)
        train(model, *data, epochs=1, batch_size=32, seed=seed, test=data)
        twin = twin_of(model, scale)
        functions: list[Any] = [twin.run_steps, twin._answer_batch]
        assert all(isinstance(function, tf.types.experimental.PolymorphicFunction) for function in functions)
        counts.append([function.experimental_get_tracing_count() for function in functions])
    assert counts[0] == counts[1] == [1, 1]
