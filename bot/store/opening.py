"""Open a database; turn its errors into one sentence."""

import asyncio
import errno
import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiosqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import SettingsError, StoreError
from bot.store.network_disk import network_disk

LOCK_WAIT_S: Final = 3.0  # how long SQLite waits for another writer before it gives up
_READ: Final = "SELECT 1 FROM sqlite_master LIMIT 1"
_LOG_AHEAD: Final = ("PRAGMA journal_mode = WAL", _READ, "PRAGMA synchronous = NORMAL")
# In exclusive mode SQLite needs no shared memory to end a log that an earlier start has left; the first access in
# normal mode frees the lock.
_NO_LOG: Final = (
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA locking_mode = NORMAL",
    _READ,
)
_NO_SHARED_MEMORY: Final = ("disk i/o error", "locking protocol")


def open_engine(address: str) -> AsyncEngine:
    """An engine for any SQLAlchemy async URL; nothing is connected yet.

    Raises SettingsError (keys `database_url`, `database_driver`).
    """
    try:
        url = make_url(address)
    except ArgumentError:  # the address may contain a password, so it is not repeated
        raise SettingsError("database_url", url="***") from None
    try:
        if url.get_backend_name() != "sqlite":
            return create_async_engine(url, pool_pre_ping=True)
        journal = _NO_LOG if _network_disk(url) else _LOG_AHEAD
        creator = partial(_connect_sqlite, journal=journal)
        return create_async_engine(url, connect_args={"timeout": LOCK_WAIT_S, "async_creator_fn": creator})
    except (ArgumentError, InvalidRequestError, NoSuchModuleError):
        raise SettingsError("database_url", url=_shown(url)) from None
    except ModuleNotFoundError as error:
        raise SettingsError("database_driver", url=_shown(url), module=error.name or "") from None


async def _connect_sqlite(*given: Any, journal: Sequence[str], **options: Any) -> aiosqlite.Connection:
    """Connect as SQLAlchemy does, and set the connection up: foreign keys are enforced.

    With a write-ahead log readers do not wait for a writer; where it turns out to be impossible there is none.
    """
    try:
        return await _prepared(await _connected(*given, **options), journal)
    except sqlite3.OperationalError as error:
        if journal is _NO_LOG or not any(sign in str(error).lower() for sign in _NO_SHARED_MEMORY):
            raise
    return await _prepared(await _connected(*given, **options), _NO_LOG)


async def _connected(*given: Any, **options: Any) -> aiosqlite.Connection:
    """A new connection; a failure is raised when its thread has ended.

    That thread reports its end to the event loop, and prints a traceback if the loop is closed by then.
    """
    connection = aiosqlite.connect(*given, **options)
    thread = connection._thread  # noqa: SLF001 it is not available in any other way
    thread.daemon = True
    try:
        return await connection
    except BaseException:
        await asyncio.to_thread(thread.join)
        raise


async def _prepared(connection: aiosqlite.Connection, journal: Sequence[str]) -> aiosqlite.Connection:
    """The connection after these statements; closed if one fails, because its thread would keep the program running."""
    try:
        for statement in (*journal, "PRAGMA foreign_keys = ON"):
            async with connection.execute(statement):
                pass
    except BaseException:
        await connection.close()
        raise
    return connection


def store_error(error: SQLAlchemyError | OSError, url: URL) -> StoreError:
    """The StoreError, with its sentence, for an error of the database at `url`."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = (isinstance(cause, OSError) and cause.strerror) or str(cause) or type(cause).__name__
    problem = text.splitlines()[0]
    if url.get_backend_name() == "sqlite":
        lower = problem.lower()
        if any(sign in lower for sign in _NETWORK_SIGNS) and (disk := _network_disk(url)):
            return StoreError("database_network", path=url.database or "", disk=disk, problem=problem)
        if isinstance(cause, OSError) and cause.errno != errno.ENOSPC:
            return StoreError("database_unwritable", path=url.database or "", problem=problem)
        for key, signs in _SQLITE_SIGNS.items():
            if any(sign in lower for sign in signs):
                return StoreError(key, path=url.database or "", problem=problem)
    return StoreError("database_failed", url=_shown(url), problem=problem)


# What SQLite says where locks or shared memory are refused; on a disk of this machine these have other causes.
_NETWORK_SIGNS: Final = ("is locked", "locking protocol", "disk i/o error", "unable to open", "stale file handle")
# Parts of SQLite's error messages (sqlite3ErrStr, and those about loading a file), in lower case.
_SQLITE_SIGNS: Final = {
    "database_locked": ("database is locked", "database table is locked", "database schema is locked"),
    "database_full": ("database or disk is full", "no space left"),
    "database_corrupt": ("not a database", "malformed", "no such column", "no such table", "already exists"),
    "database_unwritable": (
        "unable to open",
        "readonly",
        "permission denied",
        "disk i/o error",
        "locking protocol",
        "authorization denied",
    ),
}


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def sqlite_folder(url: URL) -> Path | None:
    """The folder of a SQLite file; None for another database, one in memory, or one that a `file:` address names."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":memory:", "file:")):
        return None
    return Path(url.database).parent


def sqlite_file(address: str) -> Path | None:
    """The file of a SQLAlchemy URL; None for another database, one in memory, and one with options of its own.

    Raises SettingsError `database_url`.
    """
    try:
        url = make_url(address)
    except ArgumentError:
        raise SettingsError("database_url", url="***") from None
    folder = sqlite_folder(url)
    return None if folder is None or url.query else folder / Path(url.database or "").name


def database_name(address: str) -> str:
    """The URL for a sentence, without its password."""
    return _shown(make_url(address))


def _network_disk(url: URL) -> str:
    folder = sqlite_folder(url)
    return network_disk(folder) if folder else ""
