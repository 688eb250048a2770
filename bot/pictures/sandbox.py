"""The limits of a picture process: memory, computing time, log size, no secrets, and an end with the bot."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from bot.settings import SECRETS
from trainer.errors import TutorError
from trainer.runtime.parent import exit_with_parent
from trainer.runtime.priority import lower_priority
from trainer.settings import prepare_home

# Address space; OpenCV or matplotlib take about a third of it. A process that asks for more gets a MemoryError.
MEMORY_BYTES: Final = 4 * 2**30
_LOG_BYTES: Final = 2**20
_log = logging.getLogger(__name__)


class UnforeseenError(Exception):
    """Any error but TutorError and MemoryError, as one line: its own class may belong to a library the bot lacks."""


def begin(bot_pid: int, log: Path, home: Path, niceness: int, warm_up: Callable[[], None]) -> None:
    """Set up a new picture process; `warm_up` imports its libraries before the first picture comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the bot handles it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # ends the process also while C code runs
    exit_with_parent(bot_pid)
    lower_priority(niceness)
    for name in SECRETS:
        os.environ.pop(name, None)
    for library in ("OMP", "OPENBLAS", "MKL"):  # threads cost address space and gain nothing here
        os.environ[f"{library}_NUM_THREADS"] = "1"
    _redirect_output(log)
    _limit_memory()
    prepare_home(home)
    try:
        warm_up()
    except Exception:  # the first call fails with the same error and is answered with a sentence
        _log.exception("%s failed", warm_up.__name__)


def guarded(cpu_s: float, work: Callable[..., Any], *arguments: Any) -> Any:
    """Call `work`, for `cpu_s` seconds of computing at most; raises TutorError, MemoryError, UnforeseenError only."""
    if os.fstat(2).st_size > _LOG_BYTES:
        os.ftruncate(2, 0)
    try:
        with _computing_limited(cpu_s):
            return work(*arguments)
    except (TutorError, MemoryError):
        raise
    except Exception as error:
        _log.exception("%s failed", work.__name__)  # goes to the log file, see _redirect_output
        raise UnforeseenError(f"{type(error).__name__}: {error}") from None


@contextmanager
def _computing_limited(cpu_s: float) -> Iterator[None]:
    """After `cpu_s` seconds of computing SIGPROF ends the process, also while C code runs."""
    if sys.platform == "win32":  # has no such timer; the caller's time limit holds
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _redirect_output(log: Path) -> None:
    """Send standard output and error to a file: image libraries print warnings about damaged files."""
    try:
        target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError:  # e.g. a full disk
        target = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(target, number)
    os.close(target)


def _limit_memory() -> None:
    if sys.platform == "win32":  # has no such limit
        return
    import resource

    with suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
