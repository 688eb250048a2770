"""The terminal classroom is interrupted and stopped: Ctrl-C, SIGTERM."""

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

from tests.programs import environment


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


@pytest.mark.slow
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
