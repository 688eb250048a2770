"""Importing TensorFlow faster and without messages of native libraries."""

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from trainer.errors import TutorError
from trainer.language import language_of_environment
from trainer.runtime.cores import usable_cores

# By default XLA uses 256-bit vectors; 512-bit ones save about 10 % of the training time where the processor has them.
# It also orders operations so that several can run at once; without that an epoch takes 0.50 instead of 0.58 s of
# processor time (the same if another core is idle), and the weights are the same to the last bit.
_XLA_FLAGS: Final = "--xla_cpu_prefer_vector_width=512 --xla_cpu_enable_concurrency_optimized_scheduler=false"
_real_stderr: list[int] = []


@contextmanager
def importing_tensorflow() -> Iterator[None]:
    """For a block that imports TensorFlow, e.g. `trainer.pipeline`; XLA_FLAGS set by the user stay.

    Garbage collection is off during the import, which then takes 1.6 instead of 2.0 s: there is no garbage yet. What
    was imported stays until the end, so the collector never searches it again.
    """
    if "tensorflow" in sys.modules:
        yield
        return
    os.environ.setdefault("XLA_FLAGS", _XLA_FLAGS)
    for kind in ("INTRAOP", "INTEROP"):  # TensorFlow knows the affinity, but not the quota of a container
        os.environ.setdefault(f"TF_NUM_{kind}_THREADS", str(usable_cores()))
    gc.disable()
    try:
        with stderr_suppressed(), _illegal_instruction_named():
            yield
    finally:
        gc.enable()
        gc.freeze()


@contextmanager
def _illegal_instruction_named() -> Iterator[None]:
    """Meanwhile a processor that lacks an instruction ends the process with a sentence and exit code 1.

    A handler of Python's own would not do: it is called when the instruction is over, and that is tried for ever.
    """

    def end(_number: int) -> None:
        print_to_stderr(TutorError("processor_unsuitable").sentence(language_of_environment()))
        os._exit(1)

    handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(end)
    try:
        set_handler = ctypes.CDLL(None).signal
    except (OSError, TypeError, AttributeError):  # Windows
        yield
        return
    set_handler.restype = ctypes.c_void_p
    set_handler.argtypes = (ctypes.c_int, ctypes.c_void_p)
    before = set_handler(signal.SIGILL, ctypes.cast(handler, ctypes.c_void_p))
    try:
        yield
    finally:
        set_handler(signal.SIGILL, before)


@contextmanager
def stderr_suppressed() -> Iterator[None]:
    """Discard what is written to file descriptor 2 meanwhile.

    TensorFlow and LiteRT print processor details while they are loaded, before any setting of theirs can stop them.
    """
    kept = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    _real_stderr.append(kept)
    try:
        os.dup2(null, 2)
        yield
    finally:
        _real_stderr.pop()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def print_to_stderr(text: str) -> None:
    """Print a line to standard error, also while it is suppressed; for a signal handler that is about to exit."""
    with suppress(OSError):
        os.write(_real_stderr[0] if _real_stderr else 2, f"{text}\n".encode())
