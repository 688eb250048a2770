"""The terminal classroom as a process: piped, interrupted, stopped, refused."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image

from trainer.data.dataset import Dataset
from trainer.runs.folder import Run


def environment(home: Path, **settings: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TUTOR_")}
    return {**clean, "TUTOR_HOME": str(home), "TUTOR_DATASET": "practice", "TUTOR_LANG": "en", **settings}


def bot(home: Path, lines: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], input=lines, capture_output=True, text=True, timeout=100,
        env=environment(home, **settings), check=False, cwd=home if home.is_dir() else None,
    )  # fmt: skip


def test_a_piped_lesson_from_reading_to_predicting(practice_home: Path, practice: Dataset, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "practice-2.npz").write_bytes((practice_home / "datasets" / "practice-2.npz").read_bytes())
    shoe = tmp_path / "my shoe.png"
    Image.fromarray(practice.test_images[practice.test_labels == 9][0]).save(shoe)
    done = bot(
        home,
        f'/explain step:build\n/accuracy\n/train epochs:2 seed:1\n/accuracy\n/predict image:"{shoe}"\nnonsense\n'
        "/train epochs:1000\n/predict image:nothing.png\n/quit\n/accuracy\n",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    before, after = done.stdout.split("epoch 1/2")
    assert "Flatten" in before
    assert not re.search(r"0\.\d{4}", before)  # no figure before there is one
    accuracies = re.findall(r"Test accuracy: (0\.\d{4})", after)
    assert len(accuracies) == 2  # /train and /accuracy; what follows /quit is not read
    assert accuracies[0] == accuracies[1]
    assert "Ankle boot" in after
    assert re.search(r"\n[ \u2591\u2592\u2593\u2588]{28}\n", after)  # what the network saw, without colour
    assert re.search("[\u2592\u2593\u2588]", after)
    assert "Commands begin with a slash" in after
    assert "1000" in after
    assert "nothing.png" in after
    pictures = {path.name.split("-")[0].split(".")[0] for path in (home / "pictures").iterdir()}
    assert pictures == {"build", "curves", "confusion", "seen"}


def test_chinese(practice_run: Run) -> None:
    done = bot(
        practice_run.path.parents[1], "/accuracy\n/help\n/explain\n", "chat", LC_ALL="zh_TW.UTF-8", TUTOR_LANG=""
    )
    assert done.returncode == 0, done.stderr
    assert f"测试准确率：{practice_run.test_accuracy:.4f}" in done.stdout
    assert "练习集" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "word"),
    [
        (("discord",), {}, 2, "DISCORD_TOKEN"),
        (("chat",), {"TUTOR_WORKERS": "many"}, 2, "TUTOR_WORKERS"),
        (("chat",), {"TUTOR_COLOUR": "red"}, 2, "TUTOR_COLOUR"),
        (("chat",), {"DATABASE_URL": "nothing"}, 2, "DATABASE_URL"),
        (("chat",), {"DASK_SCHEDULER_ADDRESS": "tcp://10.0.0.1:8786"}, 2, "DASK_SCHEDULER_ADDRESS"),
        (("chat",), {"FASHION_MNIST_DIR": "/no/such/folder", "TUTOR_DATASET": "auto"}, 2, "FASHION_MNIST_DIR"),
        (("discord",), {"DISCORD_TOKEN": "  "}, 2, "DISCORD_TOKEN"),
        (("discord",), {"DISCORD_TOKEN": "MTIz\nNDU2"}, 2, "DISCORD_TOKEN"),
        (("disco",), {}, 2, "disco"),
        (("--colour",), {"TUTOR_LANG": "zh-CN"}, 2, "--colour"),
        (("sync", "--guild", "mine"), {}, 2, "mine"),
    ],
)
def test_what_cannot_start_says_why(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], code: int, word: str
) -> None:
    done = bot(tmp_path, "", *arguments, **settings)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) == 1
    assert word in done.stderr


def test_a_closed_standard_input_is_an_empty_one(practice_home: Path) -> None:
    with subprocess.Popen(
        ["/bin/sh", "-c", 'exec "$0" -m bot chat <&-', sys.executable], env=environment(practice_home),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert errors == ""
    assert "/help" in output


def test_a_settings_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfeTUTOR_LANG=en")
    done = bot(tmp_path, "")
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["The file .env is not UTF-8 text: save it again as UTF-8, or remove it."]


@pytest.mark.parametrize("name", ["", "logs", "sessions"])
def test_a_home_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    (home / name).parent.mkdir(exist_ok=True)
    (home / name).write_text("a file where a folder should be")
    done = bot(home, "")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "TUTOR_HOME" in done.stderr


def test_ctrl_c_while_nobody_trains_ends_a_piped_session(practice_home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot"], env=environment(practice_home), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        while "/help" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read() == "Stopped.\n"


_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])")


class Terminal:
    """The classroom at a pseudo-terminal, as a person has it."""

    def __init__(self, home: Path) -> None:
        if sys.platform == "win32":
            pytest.skip("Windows has no pseudo-terminal")
        import pty

        pid, self._file = pty.fork()
        if pid == 0:
            settings = {**environment(home), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
            os.execve(sys.executable, [sys.executable, "-m", "bot"], settings)  # noqa: S606 the child of a fork
        self.process = psutil.Process(pid)
        self.seen = ""

    def wait_for(self, text: str, timeout_s: float = 40) -> None:
        deadline = time.monotonic() + timeout_s
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen[-2000:]
            if select.select([self._file], [], [], 0.1)[0]:
                try:
                    self.seen += _ESCAPES.sub("", os.read(self._file, 65536).decode(errors="replace"))
                except OSError:  # the other end is closed
                    return

    def type(self, text: str) -> None:
        self.seen = ""
        os.write(self._file, text.encode())


def test_ctrl_c_cancels_the_training_and_not_the_session(practice_home: Path) -> None:
    terminal = Terminal(practice_home)
    terminal.wait_for(">")
    terminal.type("/train epochs:50 batch_size:8\r")
    terminal.wait_for("epoch 1/50")
    children = terminal.process.children(recursive=True)
    asked = time.monotonic()
    terminal.type("\x03")
    terminal.wait_for("Cancelled")
    assert time.monotonic() - asked < 3
    terminal.wait_for(">")
    terminal.type("/quit\r")
    terminal.wait_for("See you!")
    terminal.wait_for("no such text, only the end", 20)
    _, alive = psutil.wait_procs([terminal.process, *children], timeout=10)
    assert alive == []


def test_sigterm_in_the_middle_of_a_training(practice_home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot"], env=environment(practice_home), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("/train epochs:50 batch_size:8\n")
        process.stdin.flush()
        while "epoch 1/50" not in process.stdout.readline():
            assert process.poll() is None
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    _, alive = psutil.wait_procs(children, timeout=3)
    assert alive == []


def test_asking_again_about_the_last_picture(practice_run: Run, practice: Dataset, tmp_path: Path) -> None:
    home = practice_run.path.parents[1]
    pullover = practice.test_images[practice.test_labels == 2][0]
    photograph, own = tmp_path / "photograph.png", tmp_path / "own.png"
    page = Image.new("L", (400, 460), 250)
    page.paste(Image.fromarray(255 - pullover).resize((280, 280)), (60, 80))
    page.save(photograph)
    Image.fromarray(pullover).save(own)
    done = bot(
        home,
        f"/why\n/without inverting\n/predict {photograph}\n/without stage:inverting\n/why\n/without cutting-out\n"
        f"/without cutting-out\n/predict {photograph}\n/without sleeves\n/predict {own}\n/without inverting\n/why\n",
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = re.sub(r"\s+", " ", done.stdout)
    for word in (
        r"begin with /predict.*begin with /predict.*Go on with: /without cutting-out /without inverting /why",
        r"Without inverting: the answer is.*Go on with: /without cutting-out /why",
        r"Why \w.*the other 123 units together.*Picture: \S+why-\w+-inverting\.png",
        r"Without cutting out and without inverting: the answer is.*Go on with: /why.*no stage to leave out",
        r"'sleeves' cannot be left out here; what can be: cutting-out, inverting\.",
        r"Go on with: /why There is no stage to leave out with this picture.*Why \w.*Picture: \S+why-\w+\.png",
    ):
        assert re.search(word, said), (word, said)
