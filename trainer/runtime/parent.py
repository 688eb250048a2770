"""End a child process when its parent ends."""

import os
import threading
import time
from collections.abc import Callable
from typing import Final

import psutil

_CHECK_EVERY_S: Final = 0.5


def exit_with_parent(parent_pid: int, before: Callable[[], None] = lambda: None) -> None:
    """Watch the process `parent_pid` in a thread; as soon as it has ended, call `before` and end this process.

    The parent passes its own id, because it may have ended before the child could ask for it.
    """
    threading.Thread(target=_watch, args=(parent_pid, before), daemon=True, name="watch-parent").start()


def _watch(parent_pid: int, before: Callable[[], None]) -> None:
    try:
        parent = psutil.Process(parent_pid)
        while parent.is_running() and parent.status() != psutil.STATUS_ZOMBIE:
            time.sleep(_CHECK_EVERY_S)
    except psutil.NoSuchProcess:
        pass
    before()
    os._exit(1)
