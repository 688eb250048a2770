"""Which bot process trains what, and whether it still lives: a lock file that the system frees at its death."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout


class Session:
    """This process, from its start to its end. OSError if `home` cannot be written."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        path = _path(home, self.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not bound to a thread: the event loop may close the session from another one.
        self._lock = FileLock(path, timeout=0, thread_local=False)
        self._lock.acquire()

    def close(self) -> None:
        """Give the lock back; the file has no further use."""
        _path(self._home, self.id).unlink(missing_ok=True)
        self._lock.release()


@contextmanager
def claim(home: Path, session: str) -> Iterator[bool]:
    """True if that session is dead: no other process can settle its affairs at the same time."""
    path = _path(home, session)
    if not path.exists():
        yield True
        return
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
        path.unlink(missing_ok=True)
    finally:
        lock.release()


def others(home: Path, own: str) -> list[str]:
    """The sessions that have a lock file, dead or alive, without our own."""
    return sorted(path.stem for path in (home / "sessions").glob("*.lock") if path.stem != own)


def _path(home: Path, session: str) -> Path:
    return home / "sessions" / f"{session}.lock"
