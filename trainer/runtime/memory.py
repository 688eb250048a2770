"""What was freed goes back to the system: glibc keeps it otherwise, for allocations that may never come."""

import contextlib
import ctypes
from typing import Final

# glibc's mallopt parameters (malloc.h). By default every thread may get an arena of its own, and what is mapped apart
# becomes ever larger, so that ten megabytes of a picture that was freed long ago stay with the process.
_ARENA_MAX: Final = -8
_MMAP_THRESHOLD: Final = -3
_TRIM_THRESHOLD: Final = -1
_APART_BYTES: Final = 256 * 1024
_ARENAS: Final = 2


def give_back_what_is_freed() -> None:
    """Set this process' C library so, as after a class has sent its pictures; its children are not affected.

    Nothing happens where it is not glibc. A training would be slower: its tensors would be mapped anew each time.
    """
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    for parameter, value in ((_ARENA_MAX, _ARENAS), (_MMAP_THRESHOLD, _APART_BYTES), (_TRIM_THRESHOLD, _APART_BYTES)):
        mallopt(parameter, value)


def give_back() -> None:
    """Give back what is free now; for a process whose large allocations must stay as quick as they are."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
