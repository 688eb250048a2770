"""Lower the priority of a process, so that another one answers while this one computes."""

import os
import sys

import psutil


def lower_priority(niceness: int) -> None:
    """Add `niceness`, 1 to 19, to that of this process; Windows has only classes, there it is one class lower."""
    if sys.platform == "win32":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(niceness)
