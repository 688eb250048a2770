"""End a process without waiting for TensorFlow to free its memory, which takes most of a second."""

import atexit
import contextlib
import os
import sys
from typing import NoReturn


def exit_at_once(code: int) -> NoReturn:
    """Run what was registered with atexit (temporary folders are removed there), flush the output, and exit."""
    atexit._run_exitfuncs()  # noqa: SLF001
    with contextlib.suppress(OSError):  # stdout may be closed
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
