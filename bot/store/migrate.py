"""Bring the schema of a database to that of this version, by Alembic; the revisions are in `migrations/versions`."""

import asyncio
from importlib import import_module
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import StoreError

HEAD: Final = "r0003"  # the newest revision; Alembic, which takes 0.4 s and 11 MB to import, is needed for others only
FIRST: Final = "r0001"  # the schema of databases that have no revision yet


async def migrate(engine: AsyncEngine) -> None:
    """Create or change the tables in one transaction; SQLAlchemyError, StoreError `database_newer`."""
    if await _revision_of(engine) == HEAD:
        return
    await asyncio.to_thread(import_module, "alembic.command")
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    except SQLAlchemyError:
        if await _revision_of(engine) != HEAD:  # else another process has done it at the same time
            raise


def knows_revision(revision: str) -> bool:
    """Whether this version has that revision; False for the database of a newer one."""
    return (Path(__file__).parent / "migrations" / "versions" / f"{revision}.py").is_file()


async def _revision_of(engine: AsyncEngine) -> str | None:
    async with engine.connect() as connection:
        return await connection.run_sync(_revision)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    if connection.dialect.name == "sqlite":
        # Python's sqlite3 begins no transaction for CREATE TABLE; this one also keeps other processes out.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    try:
        if _revision(connection) is None and inspect(connection).has_table("runs"):
            command.stamp(config, FIRST)
        command.upgrade(config, HEAD)
    except CommandError:  # a revision that this version does not know
        raise StoreError("database_newer", version=_revision(connection), known=HEAD) from None
