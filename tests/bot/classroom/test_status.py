"""`/status` and the deletion of old runs: for teachers, in their own server; nothing is deleted without being asked."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.classroom import Classroom, Learner, Place
from bot.errors import ClassroomError, StoreError
from bot.logs import Redactor, set_up_logging
from bot.settings import Settings
from bot.store import Store
from tests.bot.conftest import FakeEngine
from tests.bot.store.test_store import row
from tests.programs import _logging_kept, run

LOCAL = Learner("local", "local", "en")
TEACHER = Learner("5", "Ada", "en", guild_id="7", is_teacher=True)
IDS = ("20200101-101500-aaaa", "20200101-101600-bbbb", "20261124-101700-cccc")


@pytest.fixture
def _logs(settings: Settings) -> Iterator[None]:
    with _logging_kept():
        set_up_logging(settings, Redactor("hushhushhush"), to_console=False)
        yield


@pytest.fixture
async def runs(store: Store, settings: Settings, saved: Callable[..., Path]) -> Path:
    """Two old runs, of two servers, and one of today."""
    for run_id, guild in zip(IDS, ("7", "6", "7"), strict=True):
        saved(settings.tutor_home, run_id)
        finished = datetime.now(UTC) - (timedelta(days=366) if run_id < "2021" else timedelta(days=364))
        await store.save_run(row(run_id, guild_id=guild, finished_at=finished))
    return settings.tutor_home / "runs"


def ids(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("_logs")
async def test_what_the_teacher_sees(classroom: Classroom, engine: FakeEngine, mei: Learner, runs: Path) -> None:
    await classroom.train(mei, Place())
    engine.jobs[-1].started = True
    text = (await classroom.status(LOCAL)).text
    for part in ("keras-tutor 0.", "Trainings: 1 running", "612 MB", "GB free", "runs: 3, 0 MB", "Database: answers"):
        assert part in text
    assert "No error since the start" in text
    assert "Discord" not in text
    classroom.observer.latency = lambda: 0.0874
    try:
        raise OSError("no room for hushhushhush")  # noqa: TRY301
    except OSError:
        logging.getLogger("bot").exception("a run could not\nbe saved")
    text = (await classroom.status(replace(TEACHER, language="zh-CN"))).text
    assert "Discord：87 毫秒" in text
    assert "a run could not be saved (OSError: no room for [hidden])" in text
    assert "hushhushhush" not in text


async def test_for_nobody_else(classroom: Classroom, mei: Learner, runs: Path) -> None:
    for learner in (mei, Learner("web:1", "Sam", "en")):
        for asked in (classroom.status(learner), classroom.old_runs(learner, "sure")):
            with pytest.raises(ClassroomError) as caught:
                await asked
            assert caught.value.key == "status_teacher_only"
    assert ids(runs) == list(IDS)


async def test_old_runs_are_deleted_when_asked_twice(classroom: Classroom, store: Store, runs: Path) -> None:
    shown = await classroom.status(TEACHER)
    assert "Runs older than 365 days: 1 " in shown.text  # that of the other server is not theirs
    (offer,) = shown.actions
    asked = await classroom.old_runs(TEACHER, offer.target)
    assert ids(runs) == list(IDS)
    (sure,) = asked.actions
    assert "(1)" in sure.label
    done = await classroom.old_runs(TEACHER, sure.target)
    assert done.actions == ()
    assert ids(runs) == list(IDS[1:])
    assert await store.run(IDS[0]) is None
    await classroom.recover()  # and it does not come back
    assert await store.known_runs(IDS) == set(IDS[1:])
    assert (await classroom.status(TEACHER)).actions == ()
    assert "No run here" in (await classroom.old_runs(TEACHER, "sure")).text
    await classroom.old_runs(LOCAL, "sure")  # whoever runs the bot has all of them
    assert ids(runs) == [IDS[2]]


async def test_a_database_that_fails_deletes_nothing(
    classroom: Classroom, store: Store, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> None:
        raise StoreError("database_locked", path="")

    monkeypatch.setattr(store, "remove_runs", broken)
    with pytest.raises(StoreError):
        await classroom.old_runs(LOCAL, "sure")
    assert ids(runs) == list(IDS)


def test_in_the_terminal(tmp_path: Path) -> None:
    for language, words in (("en", "### Status"), ("zh-CN", "状态")):
        done = run("bot", tmp_path, "chat", lines="/status\n/old-runs\n/old-runs delete:sure\n", TUTOR_LANG=language)
        assert (done.returncode, done.stderr) == (0, "")
        assert words.strip("# ") in done.stdout
        assert "365" in done.stdout
