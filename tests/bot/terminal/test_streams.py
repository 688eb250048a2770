"""Streams that cannot encode, are encoded otherwise, or do not exist; paths as terminals write them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from bot.terminal.session import NamedFile
from trainer.runs.folder import Run


def chat(home: Path, lines: bytes | None, **settings: str) -> subprocess.CompletedProcess[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TUTOR_", "PYTHONIO"))}
    environment = clean | {"TUTOR_HOME": str(home), "TUTOR_DATASET": "practice", "TUTOR_LANG": "zh-CN"} | settings
    command = [sys.executable, "-m", "bot", "chat"]
    if lines is None:  # standard input is closed
        command = ["sh", "-c", 'exec "$0" "$@" <&-', *command]
    return subprocess.run(command, input=lines, capture_output=True, timeout=60, check=False, env=environment)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk"])
def test_output_in_an_encoding_without_the_characters(practice_run: Run, encoding: str) -> None:
    done = chat(practice_run.path.parents[1], b"/accuracy\n/help\n", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert f"{practice_run.test_accuracy:.4f}".encode() in done.stdout


def test_a_line_in_another_encoding_is_refused_and_the_next_is_answered(practice_run: Run) -> None:
    lines = "/predict image:鞋子.png\n".encode("gbk") + b"/accuracy\n"
    done = chat(practice_run.path.parents[1], lines, PYTHONIOENCODING="utf-8")
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert "这一行不是 utf-8 文本" in text
    assert f"测试准确率：{practice_run.test_accuracy:.4f}" in text.split("这一行不是")[1]


def test_no_standard_input_at_all(practice_home: Path) -> None:
    done = chat(practice_home, None)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "/help" in done.stdout.decode()


def test_forced_colours_in_a_pipe_keep_its_lines(practice_home: Path) -> None:
    done = chat(practice_home, b"/train epochs:1 batch_size:512\n", FORCE_COLOR="1", TUTOR_LANG="en")
    assert done.returncode == 0, done.stderr
    assert b"epoch 1/1  loss " in done.stdout
    assert b"\x1b[?25l" not in done.stdout  # a progress bar would hide the cursor


def test_a_path_alone_is_classified(practice_run: Run, tmp_path: Path) -> None:
    Image.new("L", (28, 28), 200).save(tmp_path / "my shoe.png")
    lines = f"'{tmp_path}/my shoe.png'\n{tmp_path}/my\\ shoe.png\n{tmp_path}/no.png\n"
    done = chat(practice_run.path.parents[1], lines.encode(), TUTOR_LANG="en")
    assert done.stdout.count(b"Classified by run") == 2
    assert b"There is no command" in done.stdout


@pytest.mark.parametrize("form", ["{path}", "{escaped}", "file://{address}", "file://localhost{address}"])
async def test_a_dragged_path(tmp_path: Path, form: str) -> None:
    path = tmp_path / "my shoe (1).png"
    Image.new("L", (28, 28)).save(path)
    escaped = str(path).replace(" ", r"\ ").replace("(", r"\(").replace(")", r"\)")
    name = form.format(path=path, escaped=escaped, address=path.as_posix().replace(" ", "%20"))
    assert await NamedFile(name).read() == path.read_bytes()
