"""The limits of a picture process: memory, computing time, size of its log; it has no secrets and ends with the bot."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from bot.logs import limit_output, redirect_output
from bot.settings import SECRETS
from trainer.errors import TutorError
from trainer.runtime.parent import exit_with_parent
from trainer.runtime.priority import lower_priority
from trainer.settings import prepare_home

# Address space; OpenCV or matplotlib take about a third of it. A process that asks for more gets a MemoryError.
MEMORY_BYTES: Final = 4 * 2**30
_log = logging.getLogger(__name__)


class UnforeseenError(Exception):
    """Any error but TutorError and MemoryError, as one line: the bot's process may be unable to import its class."""


def begin(
    bot_pid: int, log: Path, home: Path, niceness: int, warm_up: Callable[[], None], memory_bytes: int = MEMORY_BYTES
) -> None:
    """Set up a new picture process; `warm_up` imports its libraries before the first call."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the bot handles it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # ends the process, also while C code runs
    exit_with_parent(bot_pid)
    lower_priority(niceness)
    for name in SECRETS:
        os.environ.pop(name, None)
    for library in ("OMP", "OPENBLAS", "MKL"):  # more threads need address space and save no time here
        os.environ[f"{library}_NUM_THREADS"] = "1"
    redirect_output(log)
    _limit_memory(memory_bytes)
    prepare_home(home)
    try:
        warm_up()
    except Exception:  # the first call fails with the same error, which the learner is shown as a sentence
        _log.exception("%s failed", warm_up.__name__)


def guarded(cpu_s: float, work: Callable[..., Any], *arguments: Any) -> Any:
    """Call `work`, for `cpu_s` seconds of computing at most; raises only TutorError, MemoryError, UnforeseenError."""
    limit_output()
    try:
        with _computing_limited(cpu_s):
            return work(*arguments)
    except (TutorError, MemoryError):
        raise
    except Exception as error:
        _log.exception("%s failed", work.__name__)  # to the file of redirect_output
        raise UnforeseenError(f"{type(error).__name__}: {error}") from None


@contextmanager
def _computing_limited(cpu_s: float) -> Iterator[None]:
    """After `cpu_s` seconds of computing SIGPROF ends the process, also while C code runs."""
    if sys.platform == "win32" or not hasattr(signal, "setitimer"):  # the caller's time limit holds
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _limit_memory(memory_bytes: int) -> None:
    if sys.platform != "win32":
        with suppress(ImportError, ValueError, OSError):  # macOS has no such limit
            import resource

            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
