"""A database on a disk that other machines share: no write-ahead log, and a sentence that names the cause."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from bot.errors import StoreError
from bot.store import Store
from bot.store.network_disk import network_disk
from trainer.language import LANGUAGES

Mount = Callable[..., None]


@pytest.fixture
def mount(monkeypatch: pytest.MonkeyPatch) -> Mount:
    """Makes the system report these mounts: (folder, type) or (folder, type, options)."""

    def report(*mounts: tuple[Any, ...]) -> None:
        rows = [
            SimpleNamespace(mountpoint=str(place), fstype=kind, opts=",".join(options))
            for place, kind, *options in mounts
        ]
        monkeypatch.setattr(psutil, "disk_partitions", lambda all: rows)  # noqa: A006 psutil's name

    return report


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def journal_mode(path: Path) -> str:
    connection = sqlite3.connect(path)
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    connection.close()
    return mode


@pytest.mark.parametrize(
    "kind", ["nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone", "CIFS", "smbfs", "virtiofs"]
)
def test_network_disks_by_their_type(mount: Mount, tmp_path: Path, kind: str) -> None:
    mount(("/", "ext4"), (tmp_path, kind), (tmp_path.parent / "other", "xfs"))
    assert network_disk(tmp_path / "not" / "there" / "yet") == kind
    assert network_disk(tmp_path.parent) == ""


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "overlay", "apfs", "NTFS", "fuseblk", "tmpfs", "zfs"])
def test_disks_of_this_machine(mount: Mount, tmp_path: Path, kind: str) -> None:
    mount(("/", "nfs4"), (tmp_path, "nfs4"), (tmp_path, kind))  # the later mount covers the earlier one
    assert network_disk(tmp_path) == ""


def test_a_network_drive_of_windows(mount: Mount, tmp_path: Path) -> None:
    mount((tmp_path, "NTFS", "rw", "remote"))
    assert network_disk(tmp_path) == "SMB"


def test_links_are_followed(mount: Mount, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "share")
    mount(("/", "ext4"), (tmp_path / "share", "nfs"))
    assert network_disk(tmp_path / "home") == "nfs"


async def test_no_write_ahead_log_there(mount: Mount, tmp_path: Path) -> None:
    mount(("/", "ext4"), (tmp_path, "cifs"))
    path = tmp_path / "home" / "classroom.sqlite3"
    async with Store(url(path)) as store:
        await asyncio.gather(*(store.save_fact(f"key {number}", str(number)) for number in range(20)))
        assert await store.fact("key 7") == "7"
        assert journal_mode(path) == "delete"
        assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_a_database_that_was_copied_there_with_its_log(mount: Mount, tmp_path: Path) -> None:
    local, share = tmp_path / "local", tmp_path / "share"
    share.mkdir()
    async with Store(url(local / "classroom.sqlite3")) as store:
        await store.save_fact("key", "kept")
        for file in local.iterdir():  # as a crash leaves it: the fact is in the log alone
            (share / file.name).write_bytes(file.read_bytes())
    assert (share / "classroom.sqlite3-wal").stat().st_size > 0
    mount(("/", "ext4"), (share, "nfs4"))
    async with Store(url(share / "classroom.sqlite3")) as store:
        assert await store.fact("key") == "kept"
    assert journal_mode(share / "classroom.sqlite3") == "delete"


async def test_a_refused_lock_names_the_disk(mount: Mount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.opening.LOCK_WAIT_S", 0.1)
    mount(("/", "ext4"), (tmp_path, "nfs4"))
    path = tmp_path / "classroom.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")  # SQLite says the same of a lock that the file system refuses
    with pytest.raises(StoreError) as caught:
        await Store(url(path)).open()
    holder.close()
    assert caught.value.key == "database_network"
    for language in LANGUAGES:
        sentence = caught.value.sentence(language)
        assert "DATABASE_URL" in sentence
        assert "nfs4" in sentence
        assert "database is locked" in sentence


def test_where_shared_memory_is_refused(tmp_path: Path) -> None:
    """Of a file system of any type: the 32 KiB of shared memory cannot be had, which SQLite calls a disk I/O error."""
    script = """
import asyncio, resource, sys
from bot.store.opening import open_engine
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
async def main():
    engine = open_engine(sys.argv[1])
    async with engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE notes (text)")
        await connection.exec_driver_sql("INSERT INTO notes VALUES ('kept')")
    async with engine.connect() as connection:
        print((await connection.exec_driver_sql("PRAGMA journal_mode")).scalar())
    await engine.dispose()
asyncio.run(main())
"""
    path = tmp_path / "classroom.sqlite3"
    command = [sys.executable, "-c", script, url(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["delete"], done.stderr
    assert sqlite3.connect(path).execute("SELECT text FROM notes").fetchall() == [("kept",)]
