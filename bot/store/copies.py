"""A SQLite database as a file: copied while it is used, checked, set aside."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.errors import StoreError
from bot.store.migrate import HEAD, knows_revision
from bot.store.opening import LOCK_WAIT_S

BESIDE: Final = ("", "-wal", "-shm", "-journal")  # what SQLite keeps beside its file
_DAMAGE: Final = ("not a database", "malformed")


def copy_database(source: Path, target: Path) -> None:
    """Copy a database that other processes may be using, by SQLite's own backup, and check the copy.

    Raises StoreError `backup_no_database`, `database_corrupt`, `database_newer`, `database_failed`.
    """
    if not source.is_file():
        raise StoreError("backup_no_database", path=source)
    with _sentences(source), closing(_opened(source)) as opened, closing(sqlite3.connect(target)) as copy:
        opened.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, whatever it was
    check_database(target, named=source)


def check_database(path: Path, named: Path | None = None) -> None:
    """Raise StoreError `database_corrupt` for a damaged database, `database_newer` for one of a newer version.

    named: the path in the sentence.
    """
    named = named or path
    with _sentences(named), closing(_opened(path)) as opened:
        found = [str(line) for (line,) in opened.execute("PRAGMA integrity_check(1)")]
        if found != ["ok"]:
            raise StoreError("database_corrupt", path=named, problem=found[0].splitlines()[-1])
        tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "runs" not in tables:
            raise StoreError("database_corrupt", path=named, problem="no such table: runs")
        if "alembic_version" not in tables:  # made by the first version
            return
        revision = opened.execute("SELECT version_num FROM alembic_version").fetchone()
        if revision and not knows_revision(revision[0]):
            raise StoreError("database_newer", version=revision[0], known=HEAD)


def quick_check(path: Path) -> str:
    """What is damaged in a database, by SQLite's `quick_check` (it reads every page); "" if nothing is.

    Also "" for one that cannot be opened or is locked: opening it has a sentence for that.
    """
    try:
        with closing(_opened(path)) as opened:
            (found,) = opened.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error) if any(sign in str(error).lower() for sign in _DAMAGE) else ""
    return "" if found == "ok" else str(found).splitlines()[-1]


def ids_of_runs(path: Path) -> set[str]:
    """The runs that have a row."""
    with _sentences(path), closing(_opened(path)) as opened:
        return {run_id for (run_id,) in opened.execute("SELECT id FROM runs")}


def set_aside(path: Path, why: str) -> Path | None:
    """Rename a file or folder to `<name>.<why>-<time>`, a database with what lies beside it; the new path.

    None if there is nothing. Raises OSError.
    """
    if not path.exists():
        return None
    new = path.with_name(f"{path.name}.{why}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    for ending in BESIDE:
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.replace(new.with_name(new.name + ending))
    return new


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=LOCK_WAIT_S)


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if any(sign in str(error).lower() for sign in _DAMAGE):
            raise StoreError("database_corrupt", path=path, problem=error) from None
        raise StoreError("database_failed", url=path, problem=error) from None
