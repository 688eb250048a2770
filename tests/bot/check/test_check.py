"""`python -m bot check`: what is wrong is said with what to do; without a token, and against a loopback Discord."""

import re
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.check import machine
from tests.loopback import LoopbackDiscord
from tests.programs import Done, call
from trainer.language import LANGUAGES


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def discord(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackDiscord]:
    with LoopbackDiscord() as server:
        monkeypatch.setattr("discord.http.Route.BASE", f"{server.url}/api/v10")
        yield server
        assert not server.world.violations


def wrong(done: Done) -> list[str]:
    """The lines of what is wrong; the exit code says the same."""
    lines = [line for line in done.stdout.splitlines() if line.startswith(("[WRONG]", "[有误]"))]
    assert done.returncode == bool(lines), done.stdout
    assert done.stderr == ""
    return lines


def check(home: Path, **settings: str) -> Done:
    return call("bot", home, "check", **({"TUTOR_WEB": "127.0.0.1:0", "TUTOR_WORKERS": "1"} | settings))


@pytest.fixture(autouse=True)
def _room_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine of the tests may be short of either."""
    monkeypatch.setattr(machine, "free_memory", lambda: 8 * machine.GB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50 * machine.GB))


def test_nothing_is_wrong_without_a_token(home: Path) -> None:
    for language in LANGUAGES:
        done = check(home, TUTOR_LANG=language)
        assert wrong(done) == []
        assert "DISCORD_TOKEN" in done.stdout
    assert not (home / "classroom.sqlite3").exists()  # checking makes nothing


def test_disk_and_memory(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "free_memory", lambda: machine.GB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**8))
    disk, memory = wrong(check(home))
    assert "0.1 GB" in disk
    assert "TUTOR_HOME" in disk
    assert "TUTOR_WORKERS" in memory


def test_a_damaged_database(home: Path) -> None:
    with closing(sqlite3.connect(home / "classroom.sqlite3")) as opened:
        opened.execute("CREATE TABLE runs (id)")
    assert wrong(check(home)) == []
    (home / "classroom.sqlite3").write_bytes(b"\xff" * 5000)
    (line,) = wrong(check(home))
    assert "restore" in line


def test_a_data_set_that_is_not_there(home: Path, tmp_path: Path) -> None:
    (line,) = wrong(check(home, TUTOR_DATASET="fashion-mnist", FASHION_MNIST_DIR=str(tmp_path)))
    assert str(tmp_path) in line


def test_services_that_do_not_answer(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        closed = socket.create_server(("127.0.0.1", 0))
        silent = closed.getsockname()[1]
        closed.close()
        lines = wrong(
            check(home, TUTOR_WEB=f"127.0.0.1:{port}", TUTOR_PROXY=f"http://me:hush@127.0.0.1:{silent}")
        )  # fmt: skip
    proxy, page = lines
    assert "TUTOR_PROXY" in proxy
    assert "hush" not in proxy
    assert f"127.0.0.1:{port}" in page


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer(home: Path) -> None:
    (line,) = wrong(check(home, DASK_SCHEDULER_ADDRESS="tcp://127.0.0.1:1"))
    assert "tcp://127.0.0.1:1" in line


def test_discord_is_asked(home: Path, discord: LoopbackDiscord) -> None:
    done = check(home, DISCORD_TOKEN=discord.token)
    assert wrong(done) == []
    assert "Class of 2026" in done.stdout
    assert discord.token not in done.stdout
    seconds = re.search(r"Clock: ([+-]\d+) s", done.stdout)
    assert seconds
    assert abs(int(seconds[1])) < 5


def test_a_token_that_is_refused(home: Path, discord: LoopbackDiscord) -> None:
    token = discord.token[:-5] + "aaaaa"
    (line,) = wrong(check(home, DISCORD_TOKEN=token))
    assert "Reset Token" in line
    assert token not in line
    discord.world.violations.clear()  # that it was refused


def test_permissions_that_are_missing(home: Path, discord: LoopbackDiscord) -> None:
    discord.add_guild("Night school").bot_permissions &= ~(1 << 15)
    for language in LANGUAGES:
        (line,) = wrong(check(home, DISCORD_TOKEN=discord.token, TUTOR_LANG=language))
        assert "Night school" in line
        assert "attach_files" in line
        assert "https://discord.com/oauth2/authorize" in line
        assert "send_messages" not in line


def test_a_clock_that_is_wrong(home: Path, discord: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime, timedelta

    class Ahead:
        @staticmethod
        def now(zone: object) -> datetime:
            return datetime.now(UTC) + timedelta(minutes=7)

    monkeypatch.setattr("bot.discord.check.datetime", Ahead)
    (line,) = wrong(check(home, DISCORD_TOKEN=discord.token))
    assert re.search(r"\+4[12]\d s", line)


def test_no_network(home: Path, discord: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("discord.http.Route.BASE", "http://127.0.0.1:1/api/v10")
    (line,) = wrong(check(home, DISCORD_TOKEN=discord.token))
    assert "Check the network" in line
