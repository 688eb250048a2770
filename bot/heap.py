"""The bot's memory: what was freed goes back to the system, also after a class has sent its pictures."""

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
    """Set this process' C library so; nothing happens where it is not glibc. Its children are not affected."""
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    for parameter, value in ((_ARENA_MAX, _ARENAS), (_MMAP_THRESHOLD, _APART_BYTES), (_TRIM_THRESHOLD, _APART_BYTES)):
        mallopt(parameter, value)
