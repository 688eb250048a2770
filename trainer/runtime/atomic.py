"""Write a file or a folder whole or not at all: a temporary sibling, flushed to disk, then renamed."""

import glob
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import BinaryIO, Final

from filelock import FileLock, Timeout

_PARTIAL: Final = ".partial-"
_LOCK: Final = ".lock"
_PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4, 0.8)


def write_file(path: Path, content: bytes) -> None:
    """Write `content` to `path`, replacing what was there. Raises OSError; then `path` is unchanged."""
    with new_file(path) as file:
        file.write(content)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write; it becomes `path` at the end, or is removed if anything failed. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(path)
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _move(partial, path)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def new_folder(final: Path) -> Iterator[Path]:
    """A folder to fill; it becomes `final`, which must not hold anything, or is removed if anything failed.

    A lock file beside it, freed by the system when this process ends, tells `remove_partial` that it is in use.
    Raises OSError.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(final)
    with _in_use(partial):
        try:
            partial.mkdir()
            yield partial
            for path in partial.rglob("*"):
                if path.is_file():
                    _sync(path)
            with suppress(OSError):  # it is absent, or holds something; an empty one would be in the way on Windows
                final.rmdir()
            _move(partial, final)  # atomic
            with suppress(OSError):  # refused on network disks (SMB) and impossible on Windows; the folder is there
                _sync(final.parent)
        finally:
            _discard(partial)


def remove_partial(folder: Path, name: str = "*", *, in_use: bool = False) -> None:
    """Remove what killed processes left of files and folders called `name` in `folder`.

    What a process is writing stays, unless `in_use`: for a process that is about to end and names its own.
    """
    for path in list(folder.glob(f".{name if name == '*' else glob.escape(name)}{_PARTIAL}*")):
        partial = path.with_suffix("") if path.suffix == _LOCK else path
        with suppress(Timeout, OSError), nullcontext() if in_use else FileLock(_lock(partial), timeout=0):
            _discard(partial)


@contextmanager
def _in_use(partial: Path) -> Iterator[None]:
    lock = FileLock(_lock(partial))
    with suppress(OSError):  # network disks may refuse locks; `remove_partial` then leaves everything there
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _partial(final: Path) -> Path:
    return final.with_name(f".{final.name}{_PARTIAL}{secrets.token_hex(4)}")


def _lock(partial: Path) -> Path:
    return partial.with_name(partial.name + _LOCK)


def _discard(partial: Path) -> None:
    if partial.is_dir():
        shutil.rmtree(partial, ignore_errors=True)
    else:
        partial.unlink(missing_ok=True)
    with suppress(OSError):  # Windows removes no file that is open; there FileLock does it when it lets go
        _lock(partial).unlink(missing_ok=True)


def _move(partial: Path, final: Path) -> None:
    """Rename; again after PermissionError: on Windows a virus scanner may hold what was just written for a moment."""
    for pause_s in (*_PAUSES_S, None):
        try:
            partial.replace(final)
        except PermissionError:
            if pause_s is None:
                raise
            time.sleep(pause_s)
        else:
            return


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)  # Windows flushes writable files only
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
