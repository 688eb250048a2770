"""The pictures of the lessons: one for every step, in both languages, with and without a run, without TensorFlow."""

import io
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from trainer import STEPS
from trainer.attribution.weights import dense_weights
from trainer.data.dataset import Dataset
from trainer.data.fashion_mnist import load_folder
from trainer.language import LANGUAGES, sentences
from trainer.plots.colours import AMBER, red_and_blue
from trainer.plots.lessons import draw_lesson
from trainer.runs.fingerprints import fingerprints
from trainer.runs.folder import Run, open_run, write_record
from trainer.steps.predict import Predictor
from trainer.steps.preprocess import scale

OWN = {"build", "compile", "train", "evaluate", "predict", "summary"}  # steps whose picture shows the learner's run


def pixels_of(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def names_practice(png: bytes) -> bool:
    """Whether the colour behind the words "practice set" is there."""
    wanted = [int(AMBER[at : at + 2], 16) for at in (1, 3, 5)]
    return int((pixels_of(png) == wanted).all(axis=2).sum()) > 500


@pytest.mark.parametrize("step", STEPS)
def test_every_step_has_its_picture(step: str, practice: Dataset, practice_run: Run) -> None:
    before, own = draw_lesson(step, "en", practice, None), draw_lesson(step, "en", practice, practice_run)
    chinese = draw_lesson(step, "zh-CN", practice, practice_run)
    for png in (before, own, chinese):
        assert 1000 <= pixels_of(png).shape[1] <= 1400
        assert len(png) < 500_000
        assert names_practice(png)
    assert (own != before) == (step in OWN)
    assert own != chinese


def test_the_real_data_set_is_not_called_practice(real_data: Path) -> None:
    assert not names_practice(draw_lesson("explore", "en", load_folder(real_data), None))


def test_a_run_of_another_data_set_is_refused(practice_run: Run, practice: Dataset) -> None:
    run = Run(practice_run.path, {**practice_run.record, "dataset": {"name": "fashion-mnist"}})
    with pytest.raises(ValueError, match="fashion-mnist"):
        draw_lesson("evaluate", "en", practice, run)
    with pytest.raises(KeyError):
        draw_lesson("nonsense", "en", practice, None)


def test_a_picture_before_any_run_claims_no_test_accuracy() -> None:
    for language in LANGUAGES:
        said = [text for key, text in sentences().keys(language).items() if key.startswith(("lesson.", "plot."))]
        assert not [text for text in said if "Test accuracy" in text or "测试准确率" in text]


def test_the_weights_are_those_of_the_network(practice_run: Run, practice: Dataset) -> None:
    weights = dense_weights(practice_run)
    assert weights is not None
    image = practice.test_images[3]
    logits = weights.activations(scale(image)) @ weights.output + weights.output_bias
    shares = np.exp(logits - logits.max())
    expected = Predictor(practice_run).probabilities(image[None])[0]
    np.testing.assert_allclose(shares / shares.sum(), expected, atol=1e-5)


def test_a_network_of_another_shape_still_has_pictures(practice_run: Run, practice: Dataset, tmp_path: Path) -> None:
    """The weights of convolutions cannot be shown as images; the answers are drawn without them."""
    shutil.copytree(practice_run.path, tmp_path / "run")
    with zipfile.ZipFile(tmp_path / "run" / "model.keras", "w") as archive:
        archive.writestr("metadata.json", "{}")
    record = practice_run.record | {"files": fingerprints(tmp_path / "run")}
    write_record(tmp_path / "run" / "run.json", record)
    run = open_run(tmp_path / "run")
    assert dense_weights(run) is None
    for step in ("build", "summary"):
        draw_lesson(step, "en", practice, run)


def test_weights_as_colours() -> None:
    colours = red_and_blue(np.array([[1.0, -1.0, 0.0]]))
    red, blue, white = (colours[0, column].astype(int) for column in range(3))
    assert red[0] > red[2]
    assert blue[2] > blue[0]
    assert white.tolist() == [255, 255, 255]
    assert (red_and_blue(np.zeros((2, 2))) == 255).all()


def test_no_tensorflow_in_the_picture_process(practice_run: Run, practice_home: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from trainer.plots.lessons import draw_lesson\n"
        "from trainer.data.practice import load_practice\n"
        "from trainer.runs.folder import open_run\n"
        "dataset, run = load_practice(Path(sys.argv[1])), open_run(Path(sys.argv[2]))\n"
        "for step in ('build', 'predict', 'summary'):\n"
        "    assert draw_lesson(step, 'zh-CN', dataset, run)\n"
        "assert not {'tensorflow', 'keras', 'matplotlib.pyplot'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", script, practice_home, practice_run.path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
