"""The exercises without a network of their own: load, explore, preprocess, evaluate."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import practice_settings
from trainer.confidence.calibration import calibrated
from trainer.data.dataset import Dataset
from trainer.data.fashion_mnist import load_folder
from trainer.errors import DatasetError, RunError
from trainer.exercises import evaluate, explore, load, preprocess
from trainer.language import LANGUAGES
from trainer.runs.folder import Run
from trainer.steps.explore import mean_images, nearest_mean
from trainer.steps.load import load_data
from trainer.steps.predict import Predictor

SEEDS = st.integers(0, 2**31 - 1)


def size_of(png: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(png)).size


def test_load_describes_what_was_read(practice_home: Path, practice: Dataset) -> None:
    figures, picture = load.run(lambda: load_data("practice", settings=practice_settings(practice_home)))
    assert picture == b""
    assert figures["dataset"] == "practice"
    assert figures["arrays"] == (
        ("train_images", "uint8", (12000, 28, 28)),
        ("train_labels", "uint8", (12000,)),
        ("test_images", "uint8", (2000, 28, 28)),
        ("test_labels", "uint8", (2000,)),
    )
    assert figures["train_counts"] == (1200,) * 10
    assert figures["test_counts"] == (200,) * 10
    assert figures["seconds"] > 0


def test_the_real_data_set_has_as_many_images_of_every_class(real_data: Path) -> None:
    figures, _ = load.run(lambda: load_folder(real_data))
    assert (figures["dataset"], figures["arrays"][0][2]) == ("fashion-mnist", (60000, 28, 28))
    assert (figures["train_counts"], figures["test_counts"]) == ((6000,) * 10, (1000,) * 10)


def test_an_error_of_loading_passes(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        load.run(lambda: load_folder(tmp_path))


@pytest.fixture(scope="module")
def means(practice: Dataset) -> np.ndarray:
    return mean_images(practice.train_images, practice.train_labels)


def test_explore_asks_a_question_with_one_right_option(
    practice: Dataset, means: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explore, "_draw_question", lambda *_: b"picture")
    monkeypatch.setattr(explore, "mean_images", lambda *_: means)  # once for all examples
    asked, places = set[int](), set[int]()

    @given(SEEDS)
    def right_is_among_four(seed: int) -> None:
        figures, _ = explore.run(practice, "en", seed)
        assert len(set(figures["indices"])) == 5
        assert figures["right"] == practice.train_labels[figures["indices"][figures["asked"] - 1]]
        assert figures["right"] in figures["options"]
        assert len(set(figures["options"])) == 4
        image = practice.train_images[figures["indices"][figures["asked"] - 1]].astype(float)
        distances = {label: ((means[label] - image) ** 2).sum() for label in range(10)}
        wrong = set(figures["options"]) - {figures["right"]}
        others = set(range(10)) - wrong - {figures["right"]}
        assert max(distances[label] for label in wrong) <= min(distances[label] for label in others) * (1 + 1e-5)
        assert not {"labels", "answers"} & figures.keys()  # the question does not tell
        asked.add(figures["asked"])
        places.add(figures["options"].index(figures["right"]))

    right_is_among_four()
    assert (asked, places) == ({1, 2, 3, 4, 5}, {0, 1, 2, 3})


def test_explore_reveals_the_same_images(practice: Dataset, means: np.ndarray) -> None:
    question, first = explore.run(practice, "en", 3)
    figures, second = explore.run(practice, "en", 3, revealed=True)
    assert {name: figures[name] for name in question} == question
    indices = list(figures["indices"])
    assert figures["labels"] == tuple(practice.train_labels[indices].tolist())
    assert figures["answers"] == tuple(nearest_mean(practice.train_images[indices], means).tolist())
    assert first != second
    assert explore.run(practice, "en", 4)[0]["indices"] != question["indices"]


@given(SEEDS)
def test_preprocess_scales_one_image(practice: Dataset, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preprocess, "_draw", lambda *_: b"picture")
        figures, _ = preprocess.run(practice, "en", seed)
    image = practice.train_images[figures["index"]]
    before, after = figures["before"], figures["after"]
    assert (before["dtype"], after["dtype"]) == ("uint8", "float32")
    assert (before["least"], before["largest"]) == (image.min(), image.max())
    assert before["mean"] == pytest.approx(image.mean())
    for name in ("least", "largest", "mean"):
        assert after[name] == pytest.approx(before[name] / 255, rel=1e-5)


def test_evaluate_comes_to_the_figures_of_the_training(practice: Dataset, practice_run: Run) -> None:
    figures, picture = evaluate.run(practice_run, practice, "en", 5)
    metrics = practice_run.metrics
    assert figures["right"] / figures["images"] == metrics["test_accuracy"]
    assert figures["loss"] == pytest.approx(metrics["test_loss"], abs=1e-4)
    confusion = np.array(metrics["confusion"])
    recall = np.diag(confusion) / confusion.sum(axis=1)
    assert recall[figures["weakest"]] == recall.min() == figures["weakest_right"] / figures["weakest_images"]
    assert confusion[figures["weakest"], figures["taken_for"]] == figures["taken_for_count"]
    assert figures["taken_for"] != figures["weakest"]
    assert size_of(picture)[0] == 1200

    probabilities = Predictor(practice_run).probabilities(practice.test_images)
    shares = calibrated(probabilities, practice_run.temperature)
    assert len(figures["wrong"]) == 6
    for index, label, answer, confidence in figures["wrong"]:
        assert label == practice.test_labels[index] != answer == shares[index].argmax()
        assert confidence == pytest.approx(float(shares[index].max()), abs=1e-4)
    assert evaluate.run(practice_run, practice, "en", 6)[0]["wrong"] != figures["wrong"]


def test_a_run_that_is_always_right_has_no_picture(practice: Dataset, practice_run: Run) -> None:
    answers = Predictor(practice_run).probabilities(practice.test_images).argmax(axis=1)
    easy = replace(practice, test_labels=answers.astype(np.uint8))
    figures, picture = evaluate.run(practice_run, easy, "en", 0)
    assert (figures["right"], figures["wrong"], picture) == (2000, (), b"")


def test_a_run_that_cannot_be_evaluated(practice: Dataset, practice_run: Run, tmp_path: Path) -> None:
    other = Run(practice_run.path, {**practice_run.record, "dataset": {"name": "fashion-mnist"}})
    with pytest.raises(ValueError, match="fashion-mnist"):
        evaluate.run(other, practice, "en", 0)
    with pytest.raises(RunError):
        evaluate.run(Run(tmp_path, practice_run.record), practice, "en", 0)


def test_every_picture_is_drawn_in_both_languages(practice: Dataset, practice_run: Run) -> None:
    drawn = {
        (language, number): one
        for language in LANGUAGES
        for number, one in enumerate((
            explore.run(practice, language, 1)[1],
            explore.run(practice, language, 1, revealed=True)[1],
            preprocess.run(practice, language, 1)[1],
            evaluate.run(practice_run, practice, language, 1)[1],
        ))
    }  # fmt: skip
    assert len(set(drawn.values())) == len(drawn)
    for one in drawn.values():
        assert size_of(one)[0] == 1200
        assert len(one) < 200_000


def test_these_exercises_need_no_tensorflow(practice_home: Path, practice_run: Run) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from trainer.exercises import evaluate, explore, load, preprocess\n"
        "from trainer.data.practice import load_practice\n"
        "from trainer.runs.folder import open_run\n"
        "read = lambda: load_practice(Path(sys.argv[1]))\n"
        "dataset = read()\n"
        "load.run(read), explore.run(dataset, 'en', 0), preprocess.run(dataset, 'en', 0)\n"
        "evaluate.run(open_run(Path(sys.argv[2])), dataset, 'en', 0)\n"
        "assert not {'tensorflow', 'keras', 'matplotlib.pyplot'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", script, practice_home, practice_run.path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
