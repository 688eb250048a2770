"""A damaged database is set aside at the start; what the run folders know is put back."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.classroom import Classroom, Learner, Place
from bot.classroom.opening import opened_store
from bot.errors import ClassroomError, StoreError
from bot.settings import Settings
from bot.store import Store
from tests.bot.conftest import FakeEngine, FakePictures
from tests.programs import call
from trainer.runs.folder import new_run_id

SAM = Learner("3", "Sam", "en", guild_id="8")


def damage_header(file: Path) -> None:
    file.write_bytes(b"\0" * 100 + file.read_bytes()[100:])


def damage_inside(file: Path) -> None:
    """Opening it and reading a table or two would not notice."""
    with closing(sqlite3.connect(file)) as opened:
        (page,) = opened.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs_by_owner'").fetchone()
        (size,) = opened.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xff" * size)


@pytest.mark.parametrize("damage", [damage_header, damage_inside])
async def test_runs_are_put_back_with_their_owners(
    settings: Settings,
    engine: FakeEngine,
    pictures: FakePictures,
    packed: Callable[..., bytes],
    saved: Callable[..., Path],
    mei: Learner,
    tom: Learner,
    damage: Callable[[Path], None],
) -> None:
    async with opened_store(settings) as store:
        classroom = Classroom(settings, store, engine, pictures)  # type: ignore[arg-type]
        training = await classroom.train(mei, Place())
        engine.jobs[-1].end(packed(training.state.run_id))
        async for _ in training.watch():
            pass
        saved(settings.tutor_home, own := new_run_id())  # by python -m trainer
        await classroom.close()
    file = settings.tutor_home / "classroom.sqlite3"
    damage(file)
    damaged = file.read_bytes()
    told: list[str] = []
    async with opened_store(settings, told.append) as store:
        (aside,) = (
            path for path in settings.tutor_home.glob("*.damaged-*") if not path.name.endswith(("-wal", "-shm"))
        )
        assert aside.read_bytes() == damaged
        (sentence,) = told
        assert str(aside) in sentence
        classroom = Classroom(settings, store, engine, pictures)  # type: ignore[arg-type]
        await classroom.recover()
        assert training.state.run_id in (await classroom.accuracy(mei, None)).text
        assert training.state.run_id in (await classroom.accuracy(tom, training.state.run_id)).text  # same server
        for stranger in (SAM, Learner("local", "local", "en")):
            with pytest.raises(ClassroomError):
                await classroom.accuracy(stranger, training.state.run_id)
        assert own in (await classroom.accuracy(Learner("local", "local", "en"), None)).text
        await classroom.close()
    async with opened_store(settings, told.append):
        assert len(told) == 1  # a sound one stays


async def test_not_while_another_process_uses_it(classroom: Classroom, settings: Settings, store: Store) -> None:
    await store.close()
    file = settings.tutor_home / "classroom.sqlite3"
    damage_inside(file)
    with pytest.raises(StoreError) as caught:
        async with opened_store(settings):
            pass
    assert caught.value.key == "database_corrupt"
    assert file.is_file()


async def test_a_file_of_something_else_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "thesis.txt"
    file.write_text("two years of work" * 100, encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        async with opened_store(settings.model_copy(update={"database_url": f"sqlite+aiosqlite:///{file}"})):
            pass
    assert caught.value.key == "database_corrupt"
    assert file.read_text(encoding="utf-8").startswith("two years of work")


def test_the_terminal_says_it_once_and_goes_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "classroom.sqlite3").write_bytes(b"\xff" * 5000)
    for language, words in (("en", "damaged"), ("zh-CN", "")):
        done = call("bot", home, "chat", lines="/help\n", TUTOR_LANG=language)
        assert done.returncode == 0
        assert "/train" in done.stdout
        assert len(done.stderr.splitlines()) == (1 if words else 0)
        assert words in done.stderr
