"""Sessions, one per bot process, with a lock file: it is locked as long as that process runs, however it ends."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout


class Session:
    """The session of this process, locked until `close`. Raises OSError if `home` cannot be written."""

    def __init__(self, home: Path) -> None:
        self.id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        self._path = _path(home, self.id)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self._path)
        self._lock.acquire()

    def close(self) -> None:
        """Remove the lock file and free the lock."""
        _remove(self._path)
        self._lock.release()


@contextmanager
def claim(home: Path, session: str) -> Iterator[bool]:
    """Lock the session of another process: True if that process has ended; afterwards its lock file is removed.

    False if it is running, or if a third process has claimed it.
    """
    path = _path(home, session)
    if not path.exists():
        yield True
        return
    lock = _lock(path)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
        _remove(path)
    finally:
        lock.release()


def other_sessions(home: Path, own: str) -> list[str]:
    """The ids of all sessions that have a lock file, of running and of killed processes, except `own`."""
    return sorted(path.stem for path in (home / "sessions").glob("*.lock") if path.stem != own)


def is_running(home: Path) -> bool:
    """Whether a bot or a classroom with this home is running."""
    for session in other_sessions(home, ""):
        with claim(home, session) as has_ended:
            if not has_ended:
                return True
    return False


def _path(home: Path, session: str) -> Path:
    return home / "sessions" / f"{session}.lock"


def _remove(path: Path) -> None:
    with suppress(OSError):  # Windows removes no file that is open; there FileLock does it when it lets go
        path.unlink(missing_ok=True)


def _lock(path: Path) -> FileLock:
    return FileLock(path, timeout=0, thread_local=False)  # it may be released in another thread
