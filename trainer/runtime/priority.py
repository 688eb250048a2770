"""Lower the priority of a process, so that another one answers while this one computes."""

import sys
from typing import Final

import psutil

_LOWEST: Final = 19


def lower_priority(niceness: int) -> None:
    """Add `niceness`, 1 to 19, to that of this process; Windows has only classes, there it is one class lower."""
    own = psutil.Process()
    if sys.platform == "win32":
        own.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        own.nice(min(own.nice() + niceness, _LOWEST))
