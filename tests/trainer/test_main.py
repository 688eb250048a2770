"""`python -m trainer`: its output, its exit codes, and its end by a signal."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.programs import call, environment, run
from trainer.data.dataset import Dataset
from trainer.runs.folder import Run, read_history
from trainer.settings import NAMES
from trainer.steps.predict import Predictor


def test_the_whole_tutorial(practice_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "my run"
    done = run("trainer", practice_home, "--epochs", "1", "--out", str(out), TUTOR_LANG="zh-CN")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert f"测试准确率：{record['metrics']['test_accuracy']:.4f}" in done.stdout
    assert str(record["seed"]) in done.stdout
    assert "练习集" in done.stdout
    assert (out / "plots" / "curves.zh-CN.png").is_file()


def test_a_value_that_is_not_allowed_is_one_sentence(practice_home: Path) -> None:
    for arguments, word in (
        (("--epochs", "1000"), "1000"),
        (("--epochs", "0"), "epochs"),
        (("--recipe", "nothing"), "tutorial"),
        (("--learning-rate", "nan"), "learning_rate"),
    ):
        done = call("trainer", practice_home, *arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert word in done.stderr


def test_a_training_that_diverges_keeps_its_history_and_is_no_run(practice_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = call("trainer", practice_home, "--learning-rate", "10", "--epochs", "50", "--out", str(out))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "smaller learning_rate" in done.stderr
    assert "epoch 1/50" in done.stdout
    assert "epoch 2/50" not in done.stdout
    kept = Path(done.stdout.rpartition("kept in ")[2].strip())
    assert kept.is_relative_to(practice_home)
    (epoch,) = read_history(kept)
    assert f"loss {epoch.loss:.4f}" in done.stdout
    assert not out.exists()


def test_wrong_use_is_one_sentence_too(practice_home: Path) -> None:
    for arguments, word in (
        (("--epochs", "ten"), "ten"),
        (("--colour",), "--colour"),
        (("evaluates",), "evaluates"),
        (("predict",), "PICTURE"),
        (("bench", "--runs", "0"), "0"),
    ):
        done = call("trainer", practice_home, *arguments, TUTOR_LANG="zh-CN")
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert word in done.stderr
        assert done.stderr.endswith("。\n")


def test_the_settings_are_those_of_the_example() -> None:
    """One `.env` serves both programs: settings of the bot must not stop the trainer."""
    example = Path(__file__).parents[2] / ".env.example"
    assert set(re.findall(r"^([A-Z_]+)=", example.read_text(encoding="utf-8"), re.MULTILINE)) == NAMES


@pytest.mark.parametrize(
    ("content", "word"), [(b"TUTOR_HOEM=x\n", "TUTOR_HOEM"), (b"COLOUR=x\n", "COLOUR"), (b"\xff\xfe\xfa", "UTF-8")]
)
def test_a_settings_file_that_is_wrong(tmp_path: Path, content: bytes, word: str) -> None:
    (tmp_path / ".env").write_bytes(content)
    done = call("trainer", tmp_path, "versions")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert word in done.stderr


def test_versions_for_a_bug_report(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=\nDASK_LOGGING__DISTRIBUTED=info\nLOG_LEVEL=INFO\n")
    done = run("trainer", tmp_path, "versions")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("python", "keras-tutor", "tensorflow", "keras"):
        assert re.search(rf"^{name} \d+\.\d+", done.stdout, re.MULTILINE)


def test_wrong_settings(tmp_path: Path, practice_home: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "TUTOR_HOEM" in call("trainer", tmp_path, "versions", TUTOR_HOEM="x").stderr
    for home, settings in (
        (tmp_path / "file", {}),
        (practice_home, {"TUTOR_DATASET": "mnist"}),
        (practice_home, {"LOG_LEVEL": "loud"}),
    ):
        done = call("trainer", home, "versions", **settings)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1


def test_the_real_data_set_is_never_replaced_silently(tmp_path: Path) -> None:
    """FASHION_MNIST_DIR without the files is an error; the practice set is not used."""
    done = call("trainer", tmp_path, "--dataset", "fashion-mnist", FASHION_MNIST_DIR=str(tmp_path / "nothing"))
    assert done.returncode == 2
    assert "FASHION_MNIST_DIR" in done.stderr
    (tmp_path / "empty").mkdir()
    done = call("trainer", tmp_path, "--dataset", "fashion-mnist", FASHION_MNIST_DIR=str(tmp_path / "empty"))
    assert done.returncode == 1
    assert "train-images-idx3-ubyte.gz" in done.stderr
    assert "accuracy" not in done.stdout


def test_help_comes_at_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "trainer", "--help"], env=environment(tmp_path), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert "--learning-rate" in done.stdout
    assert not re.search(r"\| +(tensorflow|keras|matplotlib|numpy)$", done.stderr, re.MULTILINE)


def test_predict_and_evaluate_a_saved_run(practice_run: Run, practice: Dataset, tmp_path: Path) -> None:
    home = practice_run.path.parents[1]
    shoe, note = tmp_path / "鞋 1.png", tmp_path / "note.png"
    Image.fromarray(practice.test_images[0]).save(shoe)
    note.write_text("not a picture")
    done = run("trainer", home, "predict", str(shoe), str(note), "--run", practice_run.id)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "note.png" in done.stderr
    cut_off, heic = tmp_path / "cut off.txt", tmp_path / "IMG_1.HEIC"
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (200, 200), np.uint8))
    noise.save(cut_off, "JPEG")
    cut_off.write_bytes(cut_off.read_bytes()[:-5000])
    noise.save(heic)
    others = call("trainer", home, "predict", str(cut_off), str(heic), "--run", practice_run.id)
    assert others.returncode == 0
    assert others.stdout.count("The end of this file is missing") == 1
    shares = [float(share) for share in re.findall(r"([\d.]+) %", done.stdout)]
    expected = Predictor(practice_run)(practice.test_images[:1])[0].probabilities
    np.testing.assert_allclose(shares[1:], 100 * expected, atol=0.06)
    assert shares[0] == max(shares[1:])
    evaluated = call("trainer", home, "evaluate", "--run", str(practice_run.path))
    assert f"Test accuracy: {practice_run.test_accuracy:.4f}" in evaluated.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_in_the_middle(practice_home: Path, tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "runs" / "stopped"
    command = [sys.executable, "-m", "trainer", "--epochs", "50", "--batch-size", "8", "--out", str(out)]
    with subprocess.Popen(command, env=environment(practice_home), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "epoch 1/50" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        began = time.monotonic()
        code = process.wait(20)
    assert time.monotonic() - began < 5
    assert code == (0 if number is signal.SIGTERM else 130)
    assert list((tmp_path / "runs").iterdir()) == []


def test_stdout_closed_by_its_reader(practice_run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "white.png"
    Image.new("L", (60, 60), 255).save(picture)
    command = [sys.executable, "-u", "-m", "trainer", "predict", "--run", str(practice_run.path), *[str(picture)] * 50]
    home = environment(practice_run.path.parents[1])
    with subprocess.Popen(command, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "PRACTICE SET" in process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 1
        assert process.stderr.read() == ""
