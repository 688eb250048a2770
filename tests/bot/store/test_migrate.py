"""The schema moves on, with its rows."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.errors import StoreError
from bot.store import Store
from bot.store.migrate import HEAD
from bot.store.tables import Table
from trainer.language import LANGUAGES


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


@pytest.fixture
def first_release(tmp_path: Path) -> Path:
    """A database of the first release with rows in every table."""
    path = tmp_path / "classroom.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript((Path(__file__).parent / "schema_1.sql").read_text(encoding="utf-8"))
    connection.close()
    return path


async def test_a_database_of_the_first_release_keeps_its_rows(first_release: Path) -> None:
    for _ in range(2):  # the second time nothing is left to do
        async with Store(url(first_release)) as store:
            run = await store.run("20261124-101530-abcd")
            assert run is not None
            assert (run.owner_id, run.test_accuracy, run.config["seed"]) == ("local", 0.8812, 7)
            assert [row.id for row in await store.unfinished_runs(["running"])] == ["20261124-101531-abcd"]
            assert await store.steps_seen("1") == {"build", "train"}
            assert await store.fact("commands") == "abc"


async def test_the_revisions_make_the_tables_that_are_used(first_release: Path, tmp_path: Path) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), Table.metadata)

    for path in (first_release, tmp_path / "new 100%.sqlite3"):
        async with Store(url(path)) as store, store._engine.connect() as connection:
            assert await connection.run_sync(differences) == []


def test_head_is_the_newest_revision() -> None:
    folder = Path(__file__).parents[3] / "bot" / "store" / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == HEAD


async def test_a_database_of_a_newer_version_is_left_alone(first_release: Path) -> None:
    async with Store(url(first_release)):
        pass
    with sqlite3.connect(first_release) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'r9999'")
    connection.close()
    before = dump(first_release)
    with pytest.raises(StoreError) as caught:
        await Store(url(first_release)).open()
    assert caught.value.key == "database_newer"
    assert all("r9999" in caught.value.sentence(language) for language in LANGUAGES)
    assert dump(first_release) == before


async def test_a_migration_that_fails_changes_nothing(first_release: Path) -> None:
    with sqlite3.connect(first_release) as connection:
        connection.execute("CREATE TABLE articles (other TEXT)")  # in the way of the last revision
    connection.close()
    with pytest.raises(StoreError):
        await Store(url(first_release)).open()
    with sqlite3.connect(first_release) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert tables == {"facts", "learners", "progress", "runs", "articles"}


async def test_two_programs_that_start_at_the_same_time(first_release: Path) -> None:
    stores = [Store(url(first_release)) for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    for store in stores:
        assert await store.run("20261124-101530-abcd") is not None
        await store.close()
