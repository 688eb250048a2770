"""The terminal classroom and the trainer where what only Unix has is missing, as on Windows."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.programs import environment
from trainer.data.dataset import Dataset

WITHOUT = Path(__file__).parents[2] / "without_unix"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the names are removed from Python on Linux")


@contextmanager
def started(home: Path, program: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    settings = environment(home, PYTHONPATH=os.pathsep.join([str(WITHOUT), str(Path.cwd())]))
    with subprocess.Popen(
        [sys.executable, "-m", program, *arguments], env=settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def read_until(process: "subprocess.Popen[str]", word: str) -> str:
    assert process.stdout is not None
    seen = ""
    while word not in seen:
        line = process.stdout.readline()
        assert line, (seen, process.stderr and process.stderr.read())
        seen += line
    return seen


@pytest.fixture
def home(tmp_path: Path, practice_home: Path) -> Path:
    (tmp_path / "datasets").mkdir()
    drawn = practice_home / "datasets" / "practice-2.npz"
    (tmp_path / "datasets" / drawn.name).write_bytes(drawn.read_bytes())
    return tmp_path


@pytest.mark.slow
def test_a_lesson_with_an_interruption(home: Path, practice: Dataset) -> None:
    shoe = home / "shoe.png"
    Image.fromarray(practice.test_images[practice.test_labels == 9][0]).save(shoe)
    with started(home, "bot", "chat") as process:
        assert process.stdin is not None
        process.stdin.write("/train epochs:50 batch_size:8\n")
        process.stdin.flush()
        read_until(process, "epoch 1/50")
        process.send_signal(signal.SIGINT)
        read_until(process, "Cancelled")
        said, errors = process.communicate(f"/train epochs:2 seed:1\n/accuracy\n/predict image:{shoe}\n/why\n", 60)
    assert (process.returncode, errors) == (0, "")
    assert said.count("Test accuracy: 0.") == 2
    assert re.search(r"^Go on with:.*\nAnkle boot [\d.]+ %", said, re.MULTILINE)
    assert "Why " in said
    processes = (home / "without_unix.txt").read_text(encoding="utf-8")
    for kind in ("-m bot chat", "-m bot.training.cluster", "spawn_main"):
        assert kind in processes
    assert processes.count("spawn_main") >= 4  # the worker and three picture processes
    (run,) = (home / "runs").iterdir()
    assert (run / "plots" / "curves.en.png").is_file()
    for folder in ("dask", "sessions"):
        assert [path for path in (home / folder).iterdir() if "filelock-probe" not in path.name] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_classroom(home: Path, number: signal.Signals) -> None:
    with started(home, "bot", "chat") as process:
        read_until(process, "/help")
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == ((130, "Stopped.\n") if number == signal.SIGINT else (0, ""))


@pytest.mark.slow
def test_the_trainer_alone(home: Path) -> None:
    (home / "run").mkdir()  # Windows renames no folder to one that exists, not even to an empty one
    with started(home, "trainer", "--epochs", "1", "--out", str(home / "run")) as process:
        said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "Test accuracy: 0." in said
    assert {path.name for path in home.glob("*run*")} == {"run", "runs"}
    with started(home, "trainer", "--epochs", "50", "--batch-size", "8", "--out", str(home / "two")) as process:
        read_until(process, "epoch 1/50")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "\nStopped; nothing was saved.\n")
    assert not (home / "two").exists()
