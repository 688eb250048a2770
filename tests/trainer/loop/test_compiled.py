"""The compiled loop computes what Keras' fit computes."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from trainer.data.dataset import Dataset
from trainer.loop.compiled import compile_steps, xla_is_faster
from trainer.recipes import RECIPES
from trainer.recipes.tutorial import optimizer
from trainer.steps.build import build, mirrored
from trainer.steps.compile import compile_model
from trainer.steps.preprocess import scale


def new_model() -> Any:
    model = build("tutorial", 1)
    compile_model(model, optimizer(0.001, 1))
    return model


def test_both_loops_compute_the_same(practice: Dataset) -> None:
    """The same batches in the same order give the same weights as `model.fit`, up to rounding."""
    images, labels = practice.train_images[:320], practice.train_labels[:320]
    compiled, plain = new_model(), new_model()
    compiled.optimizer.build(compiled.trainable_variables)
    run_steps = compile_steps(compiled, scale)
    batches = np.arange(320, dtype=np.int32).reshape(10, 32)
    given = [tf.constant(array) for array in (images, labels.astype(np.int32), batches)]
    losses, correct = run_steps(*given, tf.constant(0), tf.constant(10))
    history = plain.fit(scale(images), labels, batch_size=32, shuffle=False, verbose=0).history
    assert float(losses) / 10 == pytest.approx(history["loss"][0], rel=1e-5)
    assert int(correct) / 320 == pytest.approx(history["accuracy"][0], abs=1e-6)
    for ours, theirs in zip(compiled.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_xla_is_for_models_without_convolutions() -> None:
    faster = {name for name in RECIPES if xla_is_faster(build(name, 1))}
    assert faster == {"tutorial"}
    assert not xla_is_faster(mirrored(build("fast", 1)))  # also where they are nested
    assert xla_is_faster(keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten()]))
