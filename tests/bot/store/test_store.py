"""The store on a real SQLite file: rows are read as they were written, errors come as sentences."""

import os
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import SettingsError, StoreError
from bot.store import RunRow, Store
from trainer.language import LANGUAGES

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(url(tmp_path / "classroom.sqlite3")) as opened:
        yield opened


def row(run_id: str, **columns: object) -> RunRow:
    values: dict[str, object] = {
        "owner_id": "1",
        "owner_name": "Mei",
        "language": "zh-CN",
        "status": "finished",
        "session": "s",
        "config": {"recipe": "tutorial", "epochs": 10},
        "created_at": NOON,
        "finished_at": NOON,
    }
    return RunRow(id=run_id, **(values | columns))  # type: ignore[arg-type]


async def test_a_run_is_read_as_it_was_saved(store: Store) -> None:
    await store.save_run(row("a", guild_id="7", channel_id="8", message_id="9", test_accuracy=0.8812))
    found = await store.run("a")
    assert found is not None
    assert (found.guild_id, found.channel_id, found.message_id) == ("7", "8", "9")
    assert found.config == {"recipe": "tutorial", "epochs": 10}
    assert found.finished_at == NOON
    assert found.created_at.tzinfo is not None
    assert await store.run("b") is None


async def test_saving_again_replaces(store: Store) -> None:
    await store.save_run(row("a", status="queued", finished_at=None))
    await store.save_run(row("a", status="running", finished_at=None))
    found = await store.run("a")
    assert found is not None
    assert (found.status, found.finished_at) == ("running", None)
    found.status, found.finished_at = "failed", NOON
    await store.save_run(found)
    found = await store.run("a")
    assert found is not None
    assert (found.status, found.finished_at) == ("failed", NOON)
    assert await store.known_runs(["a", "b"]) == {"a"}


async def test_finished_runs_are_those_of_the_owner_or_the_server_newest_first(store: Store) -> None:
    places = {"mine-here": ("1", "7"), "mine-there": ("1", "6"), "hers-here": ("2", "7"), "hers-there": ("2", "6")}
    for number, (run_id, (owner, guild)) in enumerate(places.items()):
        finished = NOON + timedelta(minutes=number)
        await store.save_run(row(run_id, owner_id=owner, guild_id=guild, finished_at=finished))
    await store.save_run(row("direct", owner_id="3", guild_id=None))
    await store.save_run(row("unfinished", status="running", finished_at=None))

    async def ids(**wanted: str | int | None) -> list[str]:
        return [found.id for found in await store.finished_runs(**wanted)]  # type: ignore[arg-type]

    assert await ids(owner_id="1") == ["mine-there", "mine-here"]
    assert await ids(owner_id="1", guild_id="7") == ["hers-here", "mine-there", "mine-here"]
    assert await ids(owner_id="1", guild_id="7", limit=1) == ["hers-here"]
    assert await ids(owner_id="9", guild_id=None) == []
    assert await ids() == []
    assert [found.id for found in await store.unfinished_runs(["queued", "running"])] == ["unfinished"]


async def test_progress_keeps_the_last_step_and_the_first_time(store: Store) -> None:
    for step in ("intro", "load", "intro"):
        await store.save_step("1", "en", step)
    learner = await store.learner("1")
    assert learner is not None
    assert learner.last_step == "intro"
    assert await store.steps_seen("1") == {"intro", "load"}
    assert await store.steps_seen("2") == set()


async def test_facts_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "classroom.sqlite3"
    async with Store(url(path)) as store:
        await store.save_fact("commands", "1234")
        await store.save_fact("commands", "5678")
    async with Store(url(path)) as store:
        assert await store.fact("commands") == "5678"
        assert await store.fact("nothing") is None


async def test_sqlite_is_set_up_for_several_readers(store: Store, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "classroom.sqlite3")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    async with store._engine.connect() as used:
        assert (await used.exec_driver_sql("PRAGMA foreign_keys")).scalar() == 1
        assert (await used.exec_driver_sql("PRAGMA busy_timeout")).scalar() == 3000


async def refused(address: str) -> StoreError | SettingsError:
    with pytest.raises((StoreError, SettingsError)) as caught:
        async with Store(address):
            pass
    for language in LANGUAGES:
        sentence = caught.value.sentence(language)
        assert "Traceback" not in sentence
        assert "\n" not in sentence
    return caught.value


@pytest.mark.parametrize(
    "address",
    ["nonsense", "sqlite:///data.sqlite3", "nosuch+driver://host/name", "postgresql://me:hush@localhost/name"],
)
async def test_an_address_that_is_no_async_url(address: str) -> None:
    error = await refused(address)
    assert isinstance(error, SettingsError)  # as for every other invalid setting
    assert error.key in ("database_url", "database_driver")
    assert "DATABASE_URL" in str(error)
    assert "hush" not in str(error)


async def test_a_server_that_is_not_there() -> None:
    error = await refused("postgresql+asyncpg://me:hush@127.0.0.1:1/name")
    assert error.key == "database_failed"
    assert "hush" not in str(error)


async def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    assert (await refused(url(tmp_path))).key == "database_unwritable"


async def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", encoding="utf-8")
    assert (await refused(url(tmp_path / "home" / "classroom.sqlite3"))).key == "database_unwritable"


async def test_a_database_that_may_only_be_read(tmp_path: Path) -> None:
    path = tmp_path / "classroom.sqlite3"
    async with Store(url(path)):
        pass
    error = await refused(f"sqlite+aiosqlite:///file:{path}?mode=ro&uri=true")
    assert "file:" not in os.listdir()  # noqa: PTH208
    assert error.key == "database_unwritable"


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "classroom.sqlite3"
    path.write_bytes(b"this is not a database" * 100)
    assert (await refused(url(path))).key == "database_corrupt"
    assert path.read_bytes().startswith(b"this is not")  # the file is not changed


async def test_a_database_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "classroom.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE facts (other TEXT)")
    connection.commit()
    connection.close()
    assert (await refused(url(path))).key == "database_corrupt"


async def test_a_database_that_another_program_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.opening.LOCK_WAIT_S", 0.1)
    path = tmp_path / "classroom.sqlite3"
    async with Store(url(path)) as store:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError) as caught:
            await store.save_fact("key", "value")
        holder.execute("ROLLBACK")
        holder.close()
        assert caught.value.key == "database_locked"
        await store.save_fact("key", "value")  # works again without the lock
        assert await store.fact("key") == "value"


async def test_a_full_disk(store: Store) -> None:
    async with store._engine.connect() as used:  # SQLite reports a full disk
        await used.exec_driver_sql("PRAGMA max_page_count = 1")
    with pytest.raises(StoreError) as caught:
        await store.save_fact("key", "x" * 1_000_000)
    assert caught.value.key == "database_full"
