"""The cores that this process may use, which in a container are fewer than the machine has.

Dask, joblib and Python's own `os.process_cpu_count` (3.13) know the affinity; the quota of a control group they know
only in part (joblib, Dask) or not at all, and none knows that of a group further up.
"""

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

_ROOT: Final = Path("/")


def usable_cores(root: Path = _ROOT) -> int:
    """How many, at least 1: those of the affinity, and no more than the quotas of all control groups, rounded up.

    root: where /proc and /sys are found.
    """
    quotas = [math.ceil(quota) for quota in _quotas(root)]
    return max(1, min([_affinity(), *quotas]))


def _affinity() -> int:
    if sys.platform == "darwin":  # has none
        return os.cpu_count() or 1
    return len(psutil.Process().cpu_affinity())


def _quotas(root: Path) -> Iterator[float]:
    """The quotas, in cores, of this process's groups and of all groups around them; none where there is no Linux."""
    groups = _groups(root)
    for kind, within, mounted in _mounts(root):
        folder = root / mounted.lstrip("/")
        yield from _quota(kind, folder)
        for name in _below(groups.get(kind, "/"), within):
            folder /= name
            yield from _quota(kind, folder)


def _groups(root: Path) -> dict[str, str]:
    """The path of this process's group by the kind of file system that controls processors; see cgroups(7)."""
    found = {}
    for line in _lines(root / "proc/self/cgroup"):
        number, controllers, path = line.split(":", 2)
        if number == "0":
            found["cgroup2"] = path
        elif "cpu" in controllers.split(","):
            found["cgroup"] = path
    return found


def _mounts(root: Path) -> Iterator[tuple[str, str, str]]:
    """Kind of file system, the group that is its root here, and where it is mounted; see proc(5)."""
    for line in _lines(root / "proc/self/mountinfo"):
        fields, _, rest = line.partition(" - ")
        kind, *_, options = rest.split()
        if kind == "cgroup2" or (kind == "cgroup" and "cpu" in options.split(",")):
            _, _, _, within, mounted, *_ = fields.split()
            yield kind, within, mounted


def _below(group: str, within: str) -> tuple[str, ...]:
    """The names of the groups from `within` down to `group`; none if it is not below, as in some containers."""
    path = Path(group)
    return path.relative_to(within).parts if path.is_relative_to(within) and ".." not in path.parts else ()


def _quota(kind: str, folder: Path) -> Iterator[float]:
    if kind == "cgroup2":
        quota, _, period = "".join(_lines(folder / "cpu.max")).partition(" ")
    else:
        quota, period = ("".join(_lines(folder / f"cpu.cfs_{name}_us")) for name in ("quota", "period"))
    if quota.isdecimal() and period.isdecimal() and int(period):  # else there is none: "max", "-1", no such file
        yield int(quota) / int(period)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
