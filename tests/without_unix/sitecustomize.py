"""Removes what only Unix has from every Python process that has this folder on PYTHONPATH, as far as that is possible.

Python imports a module of this name at its start. What Windows replaces within Python itself or within a library (how
a process is killed, a file locked) is kept for those modules alone; everything else finds no such name, and files that
are open here can neither be removed nor replaced below TUTOR_HOME.
"""

import asyncio
import errno
import multiprocessing.popen_fork
import os
import shutil
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import filelock
import psutil

__import__("locket")  # of Dask; it keeps its fcntl, like filelock
HOME = Path(os.environ["TUTOR_HOME"])
MODULES = ("fcntl", "grp", "pwd", "resource", "syslog", "termios", "tty", "pty")
NAMES: dict[types.ModuleType, tuple[str, ...]] = {
    os: (
        "fork", "getgid", "getloadavg", "getpgid", "killpg", "mkfifo", "nice", "O_DIRECTORY", "sched_getaffinity",
        "sched_setaffinity", "setpgid", "setsid", "wait4",
    ),
    signal: (
        "alarm", "getitimer", "ITIMER_PROF", "ITIMER_REAL", "pause", "pthread_kill", "pthread_sigmask", "setitimer",
        "SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGPROF", "SIGQUIT", "SIGUSR1", "SIGUSR2",
    ),
}  # fmt: skip


def _remove_names() -> None:
    for library in (psutil, subprocess, multiprocessing.popen_fork):  # what kills a process
        library.signal = types.SimpleNamespace(**vars(signal))  # type: ignore[attr-defined]
    for module, names in NAMES.items():
        for name in names:
            delattr(module, name)
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for name in ("add_signal_handler", "remove_signal_handler"):
        delattr(_class_with(name), name)


def _class_with(name: str) -> type:
    return next(kind for kind in asyncio.SelectorEventLoop.__mro__ if name in vars(kind))


def _restrict_files() -> None:
    real_open = os.open

    def open_file(path: Any, *given: Any, **options: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real_open(path, *given, **options)

    os.open = open_file
    shutil._use_fd_functions = False  # type: ignore[attr-defined]
    for name in ("unlink", "remove", "rmdir"):
        setattr(os, name, _unless_open(getattr(os, name)))
    scanned: set[str] = set()

    def moving(real: Callable[..., None], *, replaces: bool) -> Callable[..., None]:
        def move(source: Any, target: Any, **options: Any) -> None:
            if _below_home(target):
                if Path(target).is_dir() or (Path(target).exists() and not replaces):
                    raise PermissionError(errno.EACCES, "Access is denied", target)
                if os.fspath(target) not in scanned and ".partial-" in os.fspath(source):
                    scanned.add(os.fspath(target))
                    raise PermissionError(errno.EACCES, "A virus scanner holds the file", target)
            _refuse_if_open(source)
            _refuse_if_open(target)
            real(source, target, **options)

        return move

    os.rename, os.replace = moving(os.rename, replaces=False), moving(os.replace, replaces=True)


def _unless_open(real: Callable[..., None]) -> Callable[..., None]:
    def remove(path: Any, **options: Any) -> None:
        _refuse_if_open(path)
        real(path, **options)

    return remove


def _refuse_if_open(path: Any) -> None:
    if not _below_home(path) or "filelock-probe" in os.fspath(path):  # which filelock makes on Unix only
        return
    own = Path(path).absolute()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            opened = descriptor.readlink()
        except OSError:
            continue
        if opened.is_relative_to(own):
            raise PermissionError(errno.EACCES, "The file is used by another process", str(own))


def _below_home(path: Any) -> bool:
    return isinstance(path, str | os.PathLike) and Path(path).absolute().is_relative_to(HOME)


def _unlock_as_windows_does() -> None:
    """There FileLock removes its file when it lets go."""
    release = filelock.FileLock._release

    def release_and_remove(self: filelock.BaseFileLock) -> None:
        release(self)  # type: ignore[arg-type]
        Path(self.lock_file).unlink(missing_ok=True)

    filelock.FileLock._release = release_and_remove  # type: ignore[method-assign]


def _leave_word() -> None:
    """For the test: this process had none of those names."""
    with (HOME / "without_unix.txt").open("a", encoding="utf-8") as file:
        file.write(" ".join(sys.orig_argv) + "\n")


_leave_word()
_unlock_as_windows_does()
_restrict_files()
_remove_names()
