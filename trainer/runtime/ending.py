"""The ways in which a process ends."""

import atexit
import contextlib
import os
import signal
import sys
from typing import Final, NoReturn

# The signals that ask for an end, apart from Ctrl-C. SIGBREAK: Ctrl-Break on Windows, where nobody is sent SIGTERM.
ENDING: Final = (signal.SIGTERM, *(getattr(signal, name) for name in ("SIGBREAK",) if hasattr(signal, name)))


def exit_at_once(code: int) -> NoReturn:
    """End without waiting for TensorFlow to free its memory, which takes most of a second.

    Run what was registered with atexit (temporary folders are removed there), flush the output, and exit."""
    atexit._run_exitfuncs()  # noqa: SLF001
    with contextlib.suppress(OSError):  # stdout may be closed
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
