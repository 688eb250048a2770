"""A person at a terminal is told at once what takes its time; a pipe or a log is not."""

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.programs import environment


@pytest.mark.parametrize(
    ("arguments", "lines", "sentences"),
    [
        (("bot", "chat"), b"/train epochs:1\n", (b"The classroom is opening", b"TensorFlow is being loaded")),
        (("trainer", "--epochs", "1"), b"", (b"TensorFlow is being loaded",)),
    ],
)
def test_what_takes_its_time_is_said(
    practice_home: Path, arguments: tuple[str, ...], lines: bytes, sentences: tuple[bytes, ...]
) -> None:
    terminal, end = pty.openpty()  # pyright: ignore[reportAttributeAccessIssue] not on Windows
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], env=environment(practice_home), stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=end,
    )  # fmt: skip
    os.close(end)
    assert process.stdin is not None
    process.stdin.write(lines)
    process.stdin.flush()
    said, until = b"", time.monotonic() + 60
    try:
        while not all(sentence in said for sentence in sentences):
            assert time.monotonic() < until
            said += os.read(terminal, 1000)
    finally:
        process.terminate()
        process.wait(30)
        os.close(terminal)
    assert said.startswith(sentences[0])
