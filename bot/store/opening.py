"""Open a database; turn its errors into one sentence."""

import asyncio
import errno
from pathlib import Path
from typing import Any, Final

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidRequestError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import SettingsError, StoreError

LOCK_WAIT_S: Final = 3.0  # how long SQLite waits for another writer before it gives up


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
        engine = create_async_engine(url, connect_args={"timeout": LOCK_WAIT_S, "async_creator_fn": _connect_sqlite})
    except (ArgumentError, InvalidRequestError, NoSuchModuleError):
        raise SettingsError("database_url", url=_shown(url)) from None
    except ModuleNotFoundError as error:
        raise SettingsError("database_driver", url=_shown(url), module=error.name or "") from None
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


async def _connect_sqlite(*given: Any, **options: Any) -> aiosqlite.Connection:
    """Connect as SQLAlchemy does; a failure is raised when the connection's thread has ended.

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


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Set up each connection: readers do not wait for a writer, and foreign keys are enforced."""
    try:
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
    except BaseException:
        connection.close()  # it is not in the pool yet, and its thread would keep the program running
        raise


def store_error(error: SQLAlchemyError | OSError, url: URL) -> StoreError:
    """The StoreError, with its sentence, for an error of the database at `url`."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = (isinstance(cause, OSError) and cause.strerror) or str(cause) or type(cause).__name__
    problem = text.splitlines()[0]
    if url.get_backend_name() == "sqlite":
        lower = problem.lower()
        if isinstance(cause, OSError) and cause.errno != errno.ENOSPC:
            return StoreError("database_unwritable", path=url.database or "", problem=problem)
        for key, signs in _SQLITE_SIGNS.items():
            if any(sign in lower for sign in signs):
                return StoreError(key, path=url.database or "", problem=problem)
    return StoreError("database_failed", url=_shown(url), problem=problem)


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
        "authorization denied",
    ),
}


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def sqlite_folder(url: URL) -> Path | None:
    """The folder of a SQLite file; None for another database or one in memory."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database).parent
