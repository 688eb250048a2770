"""The second process that draws while the first one trains."""

import math
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from trainer.runtime.beside import second_process


def child() -> psutil.Process:
    """The process that works for this one; multiprocessing has a helper of its own beside it."""
    (found,) = [one for one in psutil.Process().children() if "spawn_main" in " ".join(one.cmdline())]
    return found


def test_it_answers_raises_and_ends() -> None:
    with second_process() as beside:
        pids = {beside.submit(os.getpid).result() for _ in range(2)}
        process = child()
        assert pids == {process.pid}
        with pytest.raises(ValueError, match="math domain error"):
            beside.submit(math.sqrt, -1).result()
        assert beside.submit(math.sqrt, 4).result() == 2
    assert process.wait(5) == 0


def test_when_it_was_killed_the_work_is_done_here() -> None:
    with second_process() as beside:
        beside.submit(os.getpid).result()
        child().kill()
        assert beside.submit(os.getpid).result() == os.getpid()


def test_it_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, time\n"
        "from trainer.runtime.beside import second_process\n"
        "if __name__ == '__main__':\n"
        "    with second_process() as beside:\n"
        "        print(beside.submit(os.getpid).result(), flush=True)\n"
        "        time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        other = psutil.Process(int(process.stdout.readline()))
        process.kill()
        assert process.stderr.read() == b""
    deadline = time.monotonic() + 10
    while other.is_running() and other.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)
