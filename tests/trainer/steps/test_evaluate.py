"""Step 1.7: our figures are Keras' own."""

import keras
import numpy as np
import pytest

from trainer.data.dataset import Dataset
from trainer.steps.build import build
from trainer.steps.compile import compile_model
from trainer.steps.evaluate import evaluate, evaluate_plain
from trainer.steps.preprocess import scale
from trainer.steps.train import fit_plain


def test_evaluation_is_keras_own(practice: Dataset) -> None:
    pixels, labels = practice.test_images[:1100], practice.test_labels[:1100]  # more than one of its batches
    images = scale(pixels)
    model = build("tutorial", 1)
    compile_model(model, keras.optimizers.Adam())
    history = fit_plain(model, images[:320], labels[:320], epochs=2).history
    assert history["loss"][1] < history["loss"][0]
    ours = evaluate(model, pixels, labels)
    loss, accuracy = evaluate_plain(model, images, labels)
    assert ours.loss == pytest.approx(loss, abs=1e-6)
    assert ours.accuracy == pytest.approx(accuracy, abs=1e-6)
    assert np.trace(ours.confusion) / 1100 == pytest.approx(accuracy, abs=1e-6)
    assert ours.confusion.sum(axis=1).tolist() == np.bincount(labels, minlength=10).tolist()
    for index in range(10):
        of_class = labels == index
        assert ours.recall[index] == pytest.approx((ours.probabilities[of_class].argmax(axis=1) == index).mean())
    np.testing.assert_allclose(ours.probabilities.sum(axis=1), 1, atol=1e-5)


def test_a_class_without_a_picture_is_no_division_by_zero(practice: Dataset) -> None:
    shirts = practice.test_labels == 6
    model = build("tutorial", 1)
    compile_model(model, keras.optimizers.Adam())
    ours = evaluate(model, practice.test_images[shirts][:8], practice.test_labels[shirts][:8])
    assert np.isfinite(ours.recall).all()
    assert ours.confusion[6].sum() == ours.confusion.sum() == 8
