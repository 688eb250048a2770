"""`python -m trainer` and `python -m bot`, each in a process of its own or, which is quicker, in this one."""

import io
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Literal
from unittest.mock import patch

Program = Literal["trainer", "bot"]
Done = subprocess.CompletedProcess[str]


def environment(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a program with this TUTOR_HOME: the practice set, English, and no other setting."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TUTOR_")}
    return {**clean, "TUTOR_HOME": str(home), "TUTOR_DATASET": "practice", "TUTOR_LANG": "en", **settings}


def run(program: Program, home: Path, *arguments: str, lines: str = "", **settings: str) -> Done:
    """Run a program in a process of its own, in `home`, with `lines` as its input."""
    return subprocess.run(
        [sys.executable, "-m", program, *arguments], input=lines, capture_output=True, text=True, timeout=100,
        env=environment(home, **settings), check=False, cwd=home if home.is_dir() else None,
    )  # fmt: skip


def call(program: Program, home: Path, *arguments: str, lines: str = "", **settings: str) -> Done:
    """Call a program's `main` in this process, with the same environment, folder and input as `run`."""
    out, err = io.StringIO(), io.StringIO()
    folder = chdir(home) if home.is_dir() else nullcontext()
    with (
        patch.dict(os.environ, environment(home, **settings), clear=True), patch("sys.stdin", io.StringIO(lines)),
        folder, redirect_stdout(out), redirect_stderr(err), _signals_kept(), _logging_kept(),
    ):  # fmt: skip
        code = _main(program)(arguments)
    return subprocess.CompletedProcess([program, *arguments], code, out.getvalue(), err.getvalue())


def _main(program: Program):
    if program == "trainer":
        from trainer.__main__ import main
    else:
        from bot.__main__ import main
    return main


@contextmanager
def _signals_kept() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@contextmanager
def _logging_kept() -> Iterator[None]:
    """No handlers at the start, as in a new process; afterwards everything is as before."""
    root = logging.getLogger()
    known = [root, *(one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger))]
    handlers, levels, raises = root.handlers, {one: one.level for one in known}, logging.raiseExceptions
    root.handlers = []
    try:
        yield
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers, logging.raiseExceptions = handlers, raises
        for one, level in levels.items():
            one.setLevel(level)
