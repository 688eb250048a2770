"""Answers of a saved run without TensorFlow: quick, quiet, the same from every thread."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainer.confidence.calibration import calibrated
from trainer.data.dataset import Dataset
from trainer.errors import RunError
from trainer.photo.seen import Seen
from trainer.runs.folder import Run, open_run
from trainer.steps.predict import Predictor


@pytest.fixture(scope="module")
def predictor(practice_run: Run) -> Predictor:
    return Predictor(practice_run)


def test_a_prediction_is_consistent(predictor: Predictor, practice: Dataset) -> None:
    predictions = predictor(practice.test_images[:300])
    for one in predictions:
        assert one.probabilities.shape == (10,)
        assert one.probabilities.sum() == pytest.approx(1, abs=1e-5)
        assert one.label == int(one.probabilities.argmax())
        assert one.confidence == pytest.approx(float(one.probabilities.max()))
        assert one.far == bool(one.failed)
        assert one.nearest is None  # only where one picture is looked at
        assert one.dataset == "practice"
    right = np.mean([one.label == label for one, label in zip(predictions, practice.test_labels, strict=False)])
    assert right > 0.8


def test_answers_are_calibrated_and_the_network_itself_is_not(
    predictor: Predictor, practice_run: Run, practice: Dataset
) -> None:
    images = practice.test_images[:300]
    raw = np.concatenate([predictor.probabilities(image[None]) for image in images])
    said = np.array([one.probabilities for one in predictor(images)])
    np.testing.assert_allclose(said, calibrated(raw, practice_run.temperature), atol=1e-6)
    np.testing.assert_array_equal(said.argmax(axis=1), raw.argmax(axis=1))
    assert practice_run.temperature != 1
    assert np.abs(said - raw).max() > 1e-3


def test_the_views_of_a_picture_have_one_answer_in_common(
    predictor: Predictor, practice_run: Run, practice: Dataset
) -> None:
    pixels, other = practice.test_images[0], 255 - practice.test_images[1]
    original = np.zeros((28, 28, 3), np.uint8)
    first = predictor(pixels[None])[0]
    alone = predictor.look(Seen(pixels, original, None, ()))
    np.testing.assert_allclose(alone.probabilities, first.probabilities, atol=1e-6)
    both = predictor.look(Seen(pixels, original, None, (), other[None]))
    mean = predictor.probabilities(np.stack([pixels, other])).mean(axis=0, keepdims=True)
    np.testing.assert_allclose(both.probabilities, calibrated(mean, practice_run.temperature)[0], atol=1e-6)
    assert both.label == mean.argmax()
    assert both.confidence == both.probabilities.max()
    assert both.failed == first.failed == ()


def test_a_look_brings_the_nearest_training_images(predictor: Predictor, practice: Dataset) -> None:
    known = {image.tobytes(): label for image, label in zip(practice.train_images, practice.train_labels, strict=True)}
    for pixels in practice.test_images[:5]:
        found = predictor.look(Seen(pixels, np.zeros((28, 28, 3), np.uint8), None, ())).nearest
        assert found is not None
        assert [known[image.tobytes()] for image in found.images] == found.labels.tolist()


def test_a_run_of_an_earlier_version_answers_as_it_did(practice_run: Run, practice: Dataset, tmp_path: Path) -> None:
    """Not calibrated, two checks, no nearest images."""
    copy = tmp_path / "run"
    shutil.copytree(practice_run.path, copy)
    record = {key: value for key, value in practice_run.record.items() if key != "calibration"}
    (copy / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with np.load(copy / "familiarity.npz") as file:
        old: dict[str, Any] = {"mean": file["mean"], "components": file["components"], "limits": file["limits"][1, :2]}
    np.savez(copy / "familiarity.npz", **old)
    predictor = Predictor(open_run(copy))
    images = practice.test_images[:50]
    said = np.array([one.probabilities for one in predictor(images)])
    np.testing.assert_allclose(said, predictor.probabilities(images), atol=1e-6)
    seen = Seen(255 - images[0], np.zeros((28, 28, 3), np.uint8), None, ())
    assert predictor.look(seen).nearest is None
    assert predictor.look(seen).failed[0] == "bright"


def test_a_look_takes_less_than_ten_milliseconds(predictor: Predictor, practice: Dataset) -> None:
    seen = Seen(practice.test_images[0], np.zeros((28, 28, 3), np.uint8), None, ())
    assert min(_seconds(predictor.look, seen) for _ in range(50)) < 0.01


def test_the_size_of_the_batch_does_not_matter(predictor: Predictor, practice: Dataset) -> None:
    images = practice.test_images[:7]
    together = predictor.probabilities(images)
    assert predictor(images[:0]) == []
    for image, expected in zip(images, together, strict=True):
        np.testing.assert_allclose(predictor.probabilities(image[None])[0], expected, atol=1e-5)


def test_a_picture_takes_less_than_a_millisecond(predictor: Predictor, practice: Dataset) -> None:
    image = practice.test_images[:1]
    predictor(image)
    best = min(_seconds(predictor, image) for _ in range(50))
    assert best < 0.001


def _seconds(work: Callable[[Any], Any], given: Any) -> float:
    began = time.perf_counter()
    work(given)
    return time.perf_counter() - began


def test_threads_do_not_mix_their_answers(predictor: Predictor, practice: Dataset) -> None:
    images = practice.test_images[:60]
    expected = predictor.probabilities(images)

    def ask(index: int) -> np.ndarray:
        size = 1 + index % 3  # different sizes make the interpreter allocate anew
        return predictor.probabilities(images[index : index + size])[0]

    with ThreadPoolExecutor(8) as pool:
        for index, answer in enumerate(pool.map(ask, list(range(57)) * 4)):
            np.testing.assert_allclose(answer, expected[index % 57], atol=1e-5)


@pytest.mark.parametrize("name", ["model.tflite", "familiarity.npz"])
@pytest.mark.parametrize("harm", ["missing", "broken"])
def test_a_run_with_a_broken_file_is_named(practice_run: Run, tmp_path: Path, name: str, harm: str) -> None:
    copy = tmp_path / "run"
    shutil.copytree(practice_run.path, copy)
    (copy / name).unlink()
    if harm == "broken":
        (copy / name).write_bytes(b"not what it was")
    with pytest.raises(RunError) as caught:
        Predictor(open_run(copy))
    if (name, harm) == ("model.tflite", "broken"):
        assert caught.value.key == "run_changed"
        assert practice_run.id in caught.value.sentence("en")
        return
    assert caught.value.key == "run_unreadable"
    assert str(copy) in caught.value.sentence("en")


def test_the_bot_may_import_it_and_hears_nothing(practice_run: Run) -> None:
    """Importing loads neither LiteRT nor anything heavy; answering writes nothing to standard error."""
    script = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from trainer.steps.predict import Predictor\n"
        "from trainer.runs.folder import open_run\n"
        "heavy = {'tensorflow', 'keras', 'matplotlib', 'cv2', 'ai_edge_litert'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "predictor = Predictor(open_run(Path(sys.argv[1])))\n"
        "print(predictor(np.zeros((1, 28, 28), np.uint8))[0].far)\n"
        "assert not {'tensorflow', 'keras', 'matplotlib', 'cv2'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, practice_run.path], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout == "True\n"
    assert done.returncode == 0
