"""The temperature makes confidence agree with accuracy, and changes no answer."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from trainer.confidence.calibration import (
    RANGE,
    calibrated,
    calibration,
    calibration_error,
    fit_temperature,
    negative_log_likelihood,
)


def softmax(logits: NDArray[Any]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def samples(count: int, sharpened: float, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Probabilities of a network whose logits are `sharpened` times too large, and labels drawn from the right ones."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (count, 10))
    labels = (softmax(logits).cumsum(axis=1) < rng.random((count, 1))).sum(axis=1).clip(0, 9)
    return softmax(sharpened * logits), labels


def one_hot(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    return np.eye(10, dtype=np.float32)[labels]


@given(st.floats(0.4, 3), st.integers(0, 100))
@settings(max_examples=25)
def test_the_temperature_undoes_logits_that_are_too_large(sharpened: float, seed: int) -> None:
    shares, labels = samples(4000, sharpened, seed)
    assert fit_temperature(shares, labels) == pytest.approx(sharpened, rel=0.1)


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_no_other_temperature_is_better(seed: int) -> None:
    shares, labels = samples(50, 1.7, seed)
    best = negative_log_likelihood(shares, labels, fit_temperature(shares, labels))
    others = [negative_log_likelihood(shares, labels, temperature) for temperature in np.geomspace(*RANGE, 60)]
    assert best <= min(others) + 1e-9


@given(arrays.arrays(np.float32, (4, 10), elements=st.floats(-80, 80, width=32)), st.floats(*RANGE))
def test_the_answer_stays_and_the_sum_is_one(logits: NDArray[np.float32], temperature: float) -> None:
    shares = softmax(logits)
    cooled = calibrated(shares, temperature)
    assert cooled.dtype == np.float32
    np.testing.assert_allclose(cooled.sum(axis=1), 1, atol=1e-5)
    winners = cooled[np.arange(4), shares.argmax(axis=1)]
    np.testing.assert_array_equal(winners, cooled.max(axis=1))


def test_a_temperature_of_one_changes_nothing() -> None:
    shares, _ = samples(100, 1)
    np.testing.assert_allclose(calibrated(shares, 1), shares, atol=1e-6)


def test_it_divides_the_logits() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (20, 10))
    np.testing.assert_allclose(calibrated(softmax(logits), 2.5), softmax(logits / 2.5), atol=1e-6)


@pytest.mark.parametrize("right", [True, False])
def test_degenerate_networks_get_a_bounded_temperature(right: bool) -> None:
    """Never wrong and always certain, or never right: no finite temperature would be the best."""
    labels = np.arange(50) % 10
    shares = one_hot(labels if right else (labels + 1) % 10)
    temperature = fit_temperature(shares, labels)
    assert RANGE[0] <= temperature <= RANGE[1]
    assert np.isfinite(calibrated(shares, temperature)).all()
    found = calibration((shares, labels), None)
    assert all(np.isfinite(value) for value in found.values() if isinstance(value, float))
    assert found["ece_after"] <= found["ece_before"] == (0 if right else 1)


def test_a_network_that_is_always_right_gets_more_confidence() -> None:
    labels = np.arange(50) % 10
    shares = (0.3 * one_hot(labels) + 0.07).astype(np.float32)
    assert fit_temperature(shares, labels) == pytest.approx(RANGE[0], rel=1e-3)


def test_the_error_by_hand() -> None:
    """Four answers with 0.8, three of them right, and one with 0.5 that is wrong: (4 * 0.05 + 0.5) / 5."""
    shares = np.full((5, 10), 0.0, np.float32)
    shares[:4, 0], shares[:4, 1] = 0.8, 0.2
    shares[4, 0], shares[4, 1:3] = 0.5, 0.25
    assert calibration_error(shares, np.array([0, 0, 0, 1, 2])) == pytest.approx(0.14, abs=1e-6)


def test_a_confidence_of_one_has_a_bin() -> None:
    labels = np.arange(10)
    assert calibration_error(one_hot(labels), labels) == 0


def test_without_validation_images_one_half_of_the_test_images_fits_and_the_other_reports() -> None:
    shares, labels = samples(10_000, 1.6)
    found = calibration((shares, labels), None)
    assert (found["fitted_on"], found["images"]) == ("test[:5000]", 5000)
    assert (found["reported_on"], found["reported_images"]) == ("test[5000:]", 5000)
    assert found["temperature"] == pytest.approx(fit_temperature(shares[:5000], labels[:5000]), abs=1e-6)
    assert found["nll_before"] == pytest.approx(negative_log_likelihood(shares[5000:], labels[5000:]))
    assert found["ece_before"] == pytest.approx(calibration_error(shares[5000:], labels[5000:]))
    assert found["ece_after"] < 0.5 * found["ece_before"]
    assert found["nll_after"] < found["nll_before"]


def test_with_validation_images_the_test_images_only_report() -> None:
    test, validation = samples(3000, 1.6, 1), samples(1000, 1.6, 2)
    found = calibration(test, validation)
    assert (found["fitted_on"], found["images"]) == ("validation", 1000)
    assert (found["reported_on"], found["reported_images"]) == ("test", 3000)
    assert found["temperature"] == pytest.approx(fit_temperature(*validation), abs=1e-6)
    assert found["nll_before"] == pytest.approx(negative_log_likelihood(*test))
