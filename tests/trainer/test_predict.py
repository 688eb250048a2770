"""Answers of a saved run without TensorFlow: quick, quiet, the same from every thread."""

import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from trainer.errors import RunError
from trainer.load import Dataset
from trainer.predict import Predictor
from trainer.runs import Run, open_run
from trainer.seen import Seen


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
        assert one.far == (one.distance > one.threshold)
        assert one.dataset == "practice"
    right = np.mean([one.label == label for one, label in zip(predictions, practice.test_labels, strict=False)])
    assert right > 0.8


def test_the_views_of_a_picture_have_one_answer_in_common(predictor: Predictor, practice: Dataset) -> None:
    pixels, other = practice.test_images[0], practice.test_images[1]
    original = np.zeros((28, 28, 3), np.uint8)
    first, second = predictor(np.stack([pixels, other]))
    alone = predictor.look(Seen(pixels, original, None, ()))
    np.testing.assert_allclose(alone.probabilities, first.probabilities, atol=1e-6)
    both = predictor.look(Seen(pixels, original, None, (), other[None]))
    np.testing.assert_allclose(both.probabilities, (first.probabilities + second.probabilities) / 2, atol=1e-6)
    assert both.label == both.probabilities.argmax()
    assert both.confidence == both.probabilities.max()
    assert both.distance == first.distance


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


def _seconds(predictor: Predictor, image: np.ndarray) -> float:
    began = time.perf_counter()
    predictor(image)
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
    assert caught.value.key == "run_unreadable"
    assert str(copy) in caught.value.sentence("en")


def test_the_bot_may_import_it_and_hears_nothing(practice_run: Run) -> None:
    """Importing loads neither LiteRT nor anything heavy; answering writes nothing to standard error."""
    script = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from trainer.predict import Predictor\n"
        "from trainer.runs import open_run\n"
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
