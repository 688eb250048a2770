"""Streams that cannot encode, are encoded otherwise, or do not exist; paths as terminals write them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.line import unquoted
from bot.terminal.prompt import lines_of_terminal
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


@pytest.mark.slow
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


def test_what_is_no_file_is_refused_and_not_waited_for(practice_run: Run, tmp_path: Path) -> None:
    subprocess.run(["mkfifo", tmp_path / "pipe.png"], check=True)
    lines = f"/predict image:{tmp_path}/pipe.png\n/predict image:/dev/zero\n/predict image:{tmp_path}\n/accuracy\n"
    done = chat(practice_run.path.parents[1], lines.encode(), TUTOR_LANG="en")
    refused, _, rest = done.stdout.rpartition(b"is not a file")
    assert refused.count(b"is not a file") == 2
    assert b"Test accuracy" in rest


def test_a_name_that_is_no_text(practice_run: Run, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xd0\xac.png"  # in GBK, on a disk of an older system
    Image.new("L", (28, 28), 200).save(os.fsdecode(path))
    lines = b"/predict image:" + path + b"\n" + path + b"\nfile://" + path.replace(b"\xd0\xac", b"%D0%AC") + b"\n"
    done = chat(practice_run.path.parents[1], lines, TUTOR_LANG="en", PYTHONIOENCODING="utf-8")
    assert done.stdout.count(b"Classified by run") == 3, done.stdout


def test_control_characters_are_not_repeated_and_long_lines_not_at_all(practice_home: Path) -> None:
    lines = b"/acc\x1b[31m\x07\0uracy\n/predict image:" + b"x" * 1_000_000 + b"\n"
    done = chat(practice_home, lines, TUTOR_LANG="en")
    assert (done.returncode, done.stderr) == (0, b"")
    assert not {0x1B, 0x07, 0} & set(done.stdout)
    assert b"This line has 1000015 characters" in done.stdout
    assert len(done.stdout) < 5000


@pytest.mark.parametrize(
    "form",
    [
        "{path}", "{escaped}", "'{path}'", "file://{address}", "file://localhost{address}", "file:{address}",
        "FILE://{raw}",
    ],
)  # fmt: skip
async def test_a_dragged_path(tmp_path: Path, form: str) -> None:
    path = tmp_path / "my #1 shoe (1).png"
    Image.new("L", (28, 28)).save(path)
    escaped = str(path).replace(" ", r"\ ").replace("(", r"\(").replace(")", r"\)")
    address = path.as_posix().replace(" ", "%20").replace("#", "%23")
    name = form.format(path=path, escaped=escaped, address=address, raw=path.as_posix())
    assert await NamedFile(unquoted(name)).read() == path.read_bytes()


async def test_several_pasted_lines(tmp_path: Path) -> None:
    async def no_runs(_typed: str) -> list[tuple[str, str]]:
        return []

    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        typed.send_text("\x1b[200~/accuracy\r\n/help\r\n\x1b[201~\r\x04")
        lines = [line async for line in lines_of_terminal(tmp_path, no_runs, lambda _: [], lambda: None)]
    assert [line for line in lines if line] == ["/accuracy", "/help"]
