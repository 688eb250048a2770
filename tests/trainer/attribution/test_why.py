"""The reasons for an answer, and that their figures add up, on trained runs."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from trainer.attribution.contributions import LARGEST, Contributions, contributions
from trainer.attribution.figures import MINUS, rounded_terms, signed
from trainer.attribution.occlusion import PATCH, Occlusion, occlusion
from trainer.attribution.weights import DenseWeights, dense_weights
from trainer.attribution.why import explain_answer
from trainer.data.dataset import Dataset
from trainer.language import LANGUAGES, Language
from trainer.photo.seen import Seen
from trainer.plots.why import draw_why
from trainer.runs.folder import Run
from trainer.steps.predict import Predictor

BLUE, ORANGE = (31, 111, 181), (255, 122, 0)


def seen_of(pixels: np.ndarray, *others: np.ndarray) -> Seen:
    views = np.stack(others) if others else np.zeros((0, 28, 28), np.uint8)
    return Seen(pixels, np.zeros((28, 28, 3), np.uint8), None, (), views)


@pytest.fixture(scope="module")
def weights(practice_run: Run) -> DenseWeights:
    found = dense_weights(practice_run)
    assert found is not None
    return found


@pytest.mark.parametrize("label", range(10))
def test_the_contributions_are_the_network(
    practice_run: Run, practice: Dataset, weights: DenseWeights, label: int
) -> None:
    """Their sum is the logit, and the softmax of the ten logits is the answer of LiteRT."""
    predictor = Predictor(practice_run)
    for image in practice.test_images[:40]:
        found = contributions(weights, image, label)
        all_units = sum(unit.contribution for unit in found.units) + found.others
        assert all_units + found.bias == pytest.approx(found.logit, abs=1e-4)
        np.testing.assert_allclose(found.shares, predictor.probabilities(image[None])[0], atol=1e-4)
        assert found.shares.sum() == pytest.approx(1)
        assert (len(found.units), found.other_count) == (LARGEST, 128 - LARGEST)


@pytest.mark.slow
def test_the_same_on_a_run_of_the_real_data_set(real_run: Run) -> None:
    from trainer.data.fashion_mnist import load_folder

    dataset, predictor = load_folder(real_run.path.parent / "data"), Predictor(real_run)
    weights = dense_weights(real_run)
    assert weights is not None
    images = dataset.test_images[:500]
    for image, answer in zip(images, predictor.probabilities(images), strict=True):
        found = contributions(weights, image, int(answer.argmax()))
        all_units = sum(unit.contribution for unit in found.units) + found.others
        assert all_units + found.bias == pytest.approx(found.logit, abs=1e-4)
        np.testing.assert_allclose(found.shares, answer, atol=1e-4)


def test_the_total_of_a_unit_is_the_sum_of_its_products(practice: Dataset, weights: DenseWeights) -> None:
    found = contributions(weights, practice.test_images[3], 7)
    sizes = [unit.contribution for unit in found.units]
    assert sizes == sorted(sizes, reverse=True)
    for unit in found.units:
        assert unit.products.sum() == pytest.approx(unit.total)
        np.testing.assert_allclose(unit.weights * (practice.test_images[3] / 255), unit.products)
        assert unit.activation == pytest.approx(max(unit.total + unit.bias, 0))
        assert unit.contribution == pytest.approx(unit.activation * unit.outgoing)
        np.testing.assert_array_equal(unit.weights.reshape(-1).astype(np.float32), weights.hidden[:, unit.number - 1])


def a_sum(units: list[float], others: float, bias: float) -> Contributions:
    logit = sum(units) + others + bias
    made = [replace(_UNIT, contribution=value) for value in units]
    return Contributions(0, tuple(made), 123, others, bias, np.full(10, logit), np.full(10, 0.1))


_UNIT = contributions(
    DenseWeights(*(np.ones(shape, np.float32) for shape in ((784, 6), (6,), (6, 10), (10,)))),
    np.zeros((28, 28), np.uint8),
    0,
).units[0]
FIGURE = st.floats(-40, 40)


@given(st.lists(FIGURE, min_size=5, max_size=5), FIGURE, FIGURE)
def test_printed_figures_add_up(units: list[float], others: float, bias: float) -> None:
    """In hundredths, as they are printed."""
    found = a_sum(units, others, bias)
    printed = [signed(unit.contribution, 2) for unit in found.units] + [signed(one, 2) for one in rounded_terms(found)]
    hundredths = [round(100 * float(text.replace(MINUS, "-"))) for text in printed]
    assert sum(hundredths[:5]) == hundredths[5]
    assert hundredths[5] + hundredths[6] + hundredths[7] == hundredths[8]
    assert abs(hundredths[6] / 100 - others) <= 0.0401
    assert abs(hundredths[8] / 100 - found.logit) <= 0.0051


def test_a_patch_over_the_pixels_that_matter_lowers_the_confidence() -> None:
    """A function whose confidence for class 3 is the brightness of the middle of the picture."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[12:16, 12:16] = 255

    def bright(images: np.ndarray) -> np.ndarray:
        calls.append(len(images))
        share = images[:, 12:16, 12:16].mean(axis=(1, 2)) / 255
        answers = np.zeros((len(images), 10), np.float32)
        answers[:, 3], answers[:, 8] = share, 1 - share
        return answers

    calls: list[int] = []
    found = occlusion(bright, pixels, 3)
    assert calls == [145]
    assert (found.whole, found.lowest_share, found.lowest_label, found.lowest_confidence) == (1, 0, 8, 1)
    row, column = found.lowest
    assert row <= 12
    assert row + PATCH >= 16
    assert column <= 12
    assert column + PATCH >= 16
    assert found.covered.shape == (12, 12)
    assert found.effect[13, 13] == found.effect.max()
    assert found.effect[:6].max() == found.effect[:, 22:].max() == 0
    assert pixels[14, 14] == 255  # the picture itself is not changed


def test_the_map_agrees_with_the_network(practice_run: Run, practice: Dataset) -> None:
    predictor, image = Predictor(practice_run), practice.test_images[5]
    label = int(predictor.probabilities(image[None])[0].argmax())
    found = occlusion(predictor.probabilities, image, label)
    row, column = found.lowest
    covered = image.copy()
    covered[row : row + PATCH, column : column + PATCH] = 0
    answer = predictor.probabilities(covered[None])[0]
    assert found.whole == pytest.approx(float(predictor.probabilities(image[None])[0, label]), abs=1e-5)
    assert found.lowest_share == pytest.approx(float(answer[label]), abs=1e-5)
    assert (found.lowest_label, found.lowest_confidence) == (answer.argmax(), pytest.approx(answer.max(), abs=1e-5))
    assert found.lowest_share == found.covered.min()


def test_a_dense_network_gives_contributions_and_another_one_a_map(
    practice_run: Run, practice: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = seen_of(practice.test_images[0])
    found = explain_answer(practice_run, seen)
    assert isinstance(found.reasons, Contributions)
    assert found.reasons.label == found.prediction.label
    assert found.share == pytest.approx(found.reasons.shares[found.reasons.label], abs=1e-4)
    monkeypatch.setattr("trainer.attribution.why.dense_weights", lambda _: None)  # as for a network with convolutions
    found = explain_answer(practice_run, seen)
    assert isinstance(found.reasons, Occlusion)
    assert found.share == pytest.approx(found.reasons.whole, abs=1e-5)


def test_the_view_with_the_highest_confidence_and_the_temperature(practice_run: Run, practice: Dataset) -> None:
    first, second = practice.test_images[:2]
    for views in ((first, second), (second, first), (second, first, first)):
        found = explain_answer(practice_run, seen_of(*views))
        assert found.views == len(views)
        shares = Predictor(practice_run).probabilities(np.stack(views))[:, found.prediction.label]
        assert found.share == pytest.approx(float(shares.max()), abs=1e-5)
        np.testing.assert_array_equal(found.pixels, views[int(shares.argmax())])
        assert isinstance(found.reasons, Contributions)
        assert found.reasons.shares[found.prediction.label] == pytest.approx(found.share, abs=1e-4)
    assert found.temperature == practice_run.temperature
    cool = Run(practice_run.path, {**practice_run.record, "calibration": {"temperature": 1.25}})
    assert explain_answer(cool, seen_of(first)).temperature == 1.25


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("dense", [True, False])
def test_the_cards(
    practice_run: Run, practice: Dataset, language: Language, monkeypatch: pytest.MonkeyPatch, *, dense: bool
) -> None:
    if not dense:
        monkeypatch.setattr("trainer.attribution.why.dense_weights", lambda _: None)
    seen = seen_of(practice.test_images[9])
    png = draw_why(explain_answer(practice_run, seen), language)
    card = Image.open(io.BytesIO(png))
    assert card.width == 1200
    pixels = np.asarray(card.convert("RGB"))
    assert (pixels == BLUE).all(axis=2).sum() > 300
    assert ((pixels == ORANGE).all(axis=2).sum() > 100) != dense  # the patch has an outline
    assert (pixels[24:-24, -28:-4] == 255).all()  # nothing runs into the margin
    assert len(png) < 400_000


@pytest.fixture
def real_run(real_data: Path, tmp_path: Path) -> Run:
    from trainer.pipeline import run_tutorial
    from trainer.recipes import configure
    from trainer.settings import TrainerSettings

    (tmp_path / "data").symlink_to(real_data)
    settings = TrainerSettings(_env_file=None, tutor_home=tmp_path, fashion_mnist_dir=real_data)  # pyright: ignore[reportCallIssue]
    config = configure(dataset="fashion-mnist", epochs=1, seed=3)
    return run_tutorial(config, out=tmp_path / "run", run_id="real", settings=settings)
