"""Backup and restore: while a classroom runs, into an empty home, and with files that must not be believed."""

import json
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.classroom import Classroom
from bot.store import Store
from tests.bot.store.test_store import row
from tests.programs import call
from trainer.language import LANGUAGES

FIRST, SECOND = "20261124-101500-aaaa", "20261124-101600-bbbb"


@pytest.fixture
async def home(tmp_path: Path, saved: Callable[..., Path]) -> Path:
    """Two runs and the database that says whose they are."""
    home = tmp_path / "home"
    for run_id in (FIRST, SECOND):
        (saved(home, run_id) / "model.keras").write_bytes(run_id.encode() * 1000)
    (home / "diverged").mkdir()
    (home / "diverged" / "20261124-101700-cccc.csv").write_text("epoch\n", encoding="utf-8")
    async with Store(address(home)) as store:
        await store.save_run(row(FIRST, owner_id="1", owner_name="Mei"))
        await store.save_run(row(SECOND, owner_id="2", owner_name="Tom"))
    return home


def address(home: Path) -> str:
    return f"sqlite+aiosqlite:///{home / 'classroom.sqlite3'}"


def files(home: Path) -> dict[str, bytes]:
    """What a person would miss: runs, and the rows of the database (its file changes when it is opened)."""
    found = {str(path.relative_to(home)): path.read_bytes() for path in (home / "runs").rglob("*") if path.is_file()}
    if (home / "classroom.sqlite3").is_file():
        with sqlite3.connect(home / "classroom.sqlite3") as opened:
            found["rows"] = "\n".join(line for line in opened.iterdump() if "opened_at" not in line).encode()
    return found


def test_into_an_empty_home(home: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "b.zip", tmp_path / "other"
    done = call("bot", home, "backup", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 runs" in done.stdout
    other.mkdir()
    done = call("bot", other, "restore", str(file))
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)
    assert files(other) == files(home)
    assert list((other / "diverged").iterdir())
    assert not [path for path in other.iterdir() if path.name.startswith(".restore")]


async def test_while_a_classroom_runs_and_writes(
    classroom: Classroom, store: Store, saved: Callable[..., Path], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    saved(home, FIRST)
    await store.save_run(row(FIRST))
    go_on, writing = threading.Event(), threading.Event()

    def write() -> None:
        with sqlite3.connect(home / "classroom.sqlite3", timeout=10) as opened:
            number = 0
            while not go_on.is_set():
                number += 1
                opened.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (f"n{number % 500}", "x" * 2000))
                opened.commit()
                writing.set()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert writing.wait(10)
        done = call("bot", home, "backup", str(tmp_path / "b.zip"))
    finally:
        go_on.set()
        thread.join()
    assert (done.returncode, done.stderr) == (0, "")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        archive.extract("classroom.sqlite3", tmp_path)
    with sqlite3.connect(tmp_path / "classroom.sqlite3") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT id FROM runs").fetchall() == [(FIRST,)]
    # It is not restored over the running one, and its database goes on.
    before = files(home)
    done = call("bot", home, "restore", str(tmp_path / "b.zip"))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "stop it" in done.stderr
    assert files(home) == before
    await store.save_fact("still", "open")
    await classroom.close()
    await store.close()
    assert call("bot", home, "restore", str(tmp_path / "b.zip")).returncode == 0


async def test_what_is_replaced_is_kept(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    call("bot", home, "backup", str(file))
    before = files(home)
    (home / "runs" / FIRST / "model.keras").write_bytes(b"changed")
    (home / "runs" / FIRST / "plots").mkdir()
    shutil.rmtree(home / "runs" / SECOND)
    async with Store(address(home)) as store:
        await store.save_run(row(FIRST, owner_id="9", owner_name="Nobody"))
    done = call("bot", home, "restore", str(file))
    assert done.returncode == 0
    assert "2 runs" in done.stdout
    assert {name: content for name, content in files(home).items() if "/." not in name} == before
    kept = [Path(line.rpartition(": ")[2]) for line in done.stdout.splitlines()[1:]]
    assert sorted(path.exists() for path in kept) == [True, True]
    assert (kept[0] / "model.keras").read_bytes() == b"changed"
    with sqlite3.connect(kept[1]) as old:
        assert old.execute("SELECT owner_id FROM runs WHERE id = ?", (FIRST,)).fetchone() == ("9",)
    # Once more: nothing differs.
    assert " 0 runs" in call("bot", home, "restore", str(file)).stdout


def change(file: Path, *, drop: str = "", add: str = "", **manifest: Any) -> None:
    """Write the archive anew with a changed manifest, without a member, or with one more."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | manifest).encode()
    members.pop(drop, None)
    if add:
        members[add] = b"x"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def flip(file: Path, member: str) -> None:
    """Change one byte of what a member holds."""
    with zipfile.ZipFile(file) as archive:
        place = archive.getinfo(member).header_offset + 30 + len(member) + 50
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def changed_digest(file: Path) -> None:
    """A member and its check sum in the archive are changed alike, but not the manifest."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[f"runs/{FIRST}/model.keras"] = b"of somebody else"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def outside(file: Path) -> None:
    member = {"sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", "size": 1}
    with zipfile.ZipFile(file) as archive:
        listed = json.loads(archive.read("manifest.json"))["members"]
    change(file, add="runs/../../evil", members=listed | {"runs/../../evil": member})


def newer_database(file: Path) -> None:
    home = file.parent / "home"
    with sqlite3.connect(home / "classroom.sqlite3") as opened:
        opened.execute("UPDATE alembic_version SET version_num = 'r9999'")
    opened.close()
    shutil.copy(home / "classroom.sqlite3", file.parent / "newer")
    with sqlite3.connect(home / "classroom.sqlite3") as opened:
        opened.execute("UPDATE alembic_version SET version_num = 'r0002'")
    opened.close()
    import hashlib

    content = (file.parent / "newer").read_bytes()
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    manifest["members"]["classroom.sqlite3"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    members |= {"classroom.sqlite3": content, "manifest.json": json.dumps(manifest).encode()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:-400]), "damaged or incomplete"),
        (lambda file: file.write_bytes(file.read_bytes()[:300]), "damaged or incomplete"),
        (lambda file: file.write_bytes(b""), "not a backup"),
        (lambda file: file.write_bytes(b"a holiday picture" * 100), "not a backup"),
        (lambda file: flip(file, f"runs/{FIRST}/model.keras"), "damaged or incomplete"),
        (lambda file: flip(file, "classroom.sqlite3"), "damaged or incomplete"),
        (changed_digest, "damaged or incomplete"),
        (lambda file: change(file, drop=f"runs/{SECOND}/run.json"), "damaged or incomplete"),
        (lambda file: change(file, add="runs/x/model.keras"), "damaged or incomplete"),
        (lambda file: change(file, kind="a comic book"), "not a backup"),
        (lambda file: change(file, drop="manifest.json"), "not a backup"),
        (lambda file: change(file, format=2), "newer keras-tutor"),
        (outside, "not a backup"),
        (newer_database, "newer keras-tutor"),
        (lambda file: file.unlink(), "cannot be read"),
    ],
)
def test_what_is_not_believed(home: Path, tmp_path: Path, spoil: Callable[[Path], object], sentence: str) -> None:
    file = tmp_path / "b.zip"
    call("bot", home, "backup", str(file))
    shutil.rmtree(home / "runs" / SECOND)
    spoil(file)
    before = files(home)
    for language in LANGUAGES:
        done = call("bot", home, "restore", str(file), TUTOR_LANG=language)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1), done.stderr
        assert language != "en" or sentence in done.stderr
    assert files(home) == before
    assert not (tmp_path / "evil").exists()
    assert not list(home.glob(".restore*"))


def test_a_file_of_somebody_is_not_replaced(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "thesis.zip"
    file.write_text("two years of work", encoding="utf-8")
    done = call("bot", home, "backup", str(file))
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert file.read_text(encoding="utf-8") == "two years of work"
    file.unlink()
    for _ in range(2):  # a backup of yesterday is
        assert call("bot", home, "backup", str(file)).returncode == 0


def test_no_half_backup_is_left(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "no-such" / "place"
    (tmp_path / "no-such").write_text("a file", encoding="utf-8")
    done = call("bot", home, "backup", str(folder / "b.zip"))
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    # A damaged database is not saved as if it were whole.
    with (home / "classroom.sqlite3").open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xff" * 8192)
    done = call("bot", home, "backup", str(tmp_path / "b.zip"))
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "damaged" in done.stderr
    assert [path.name for path in tmp_path.iterdir() if "b.zip" in path.name] == []


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_another_database_and_none(tmp_path: Path, command: str) -> None:
    done = call("bot", tmp_path, command, "b.zip", DATABASE_URL="postgresql+asyncpg://me:hush@localhost/name")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "pg_dump" in done.stderr
    assert "hush" not in done.stderr
    if command == "backup":
        done = call("bot", tmp_path, command, "b.zip")
        assert "no database" in done.stderr
        assert not (tmp_path / "b.zip").exists()
