"""The limits of a picture process: memory, computing time, size of its log; it has no secrets and ends with the bot."""

import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from bot.logs import limit_output, redirect_output
from bot.settings import SECRETS
from trainer.errors import TutorError
from trainer.runtime.parent import exit_with_parent
from trainer.settings import prepare_home

# Address space; OpenCV or matplotlib take about a third of it. A process that asks for more gets a MemoryError.
MEMORY_BYTES: Final = 4 * 2**30
_log = logging.getLogger(__name__)


class UnforeseenError(Exception):
    """Any error but TutorError and MemoryError, as one line: the bot's process may be unable to import its class."""


def begin(bot_pid: int, log: Path, home: Path, niceness: int, warm_up: Callable[[], None]) -> None:
    """Set up a new picture process; `warm_up` imports its libraries before the first call."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the bot handles it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # ends the process, also while C code runs
    exit_with_parent(bot_pid)
    os.nice(niceness)
    for name in SECRETS:
        os.environ.pop(name, None)
    for library in ("OMP", "OPENBLAS", "MKL"):  # more threads need address space and save no time here
        os.environ[f"{library}_NUM_THREADS"] = "1"
    redirect_output(log)
    import resource

    with suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    prepare_home(home)
    try:
        warm_up()
    except Exception:  # the first call fails with the same error, which the learner is shown as a sentence
        _log.exception("%s failed", warm_up.__name__)


def guarded(cpu_s: float, work: Callable[..., Any], *arguments: Any) -> Any:
    """Call `work`; raises only TutorError, MemoryError and UnforeseenError.

    After `cpu_s` seconds of computing SIGPROF ends the process, also while C code runs.
    """
    limit_output()
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        return work(*arguments)
    except (TutorError, MemoryError):
        raise
    except Exception as error:
        _log.exception("%s failed", work.__name__)  # to the file of redirect_output
        raise UnforeseenError(f"{type(error).__name__}: {error}") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
