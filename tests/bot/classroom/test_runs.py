"""Whose run is meant: your own first, then the server's; never another server's."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.classroom import Classroom, Learner
from bot.errors import ClassroomError, StoreError
from bot.settings import Settings
from bot.store import RunRow, Store

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LOCAL = Learner("local", "local", "en")


@pytest.fixture
def finished(settings: Settings, store: Store, saved: Callable[..., Path]) -> Callable[..., object]:
    """Saves a run and its row: `await finished("a", mei, minutes=1)`."""

    async def save(run_id: str, owner: Learner, *, minutes: int = 0, accuracy: float = 0.74, **columns: object) -> None:
        saved(settings.tutor_home, run_id, metrics={"test_accuracy": accuracy})
        values: dict[str, object] = {
            "owner_id": owner.id,
            "owner_name": owner.name,
            "guild_id": owner.guild_id,
            "language": owner.language,
            "status": "finished",
            "session": "s",
            "config": {"recipe": "tutorial", "epochs": 10},
            "created_at": NOON,
            "finished_at": NOON + timedelta(minutes=minutes),
            "test_accuracy": accuracy,
            "dataset": "fashion-mnist",
        }
        await store.save_run(RunRow(id=run_id, **(values | columns)))  # type: ignore[arg-type]

    return save


async def shown(classroom: Classroom, learner: Learner, run: str | None = None) -> str:
    return (await classroom.accuracy(learner, run)).text


async def test_your_own_newest_run_comes_before_the_servers(
    classroom: Classroom, finished: Callable[..., object], mei: Learner, tom: Learner
) -> None:
    await finished("tom-1", tom, minutes=5)  # type: ignore[misc]
    text = await shown(classroom, mei)
    assert "`tom-1`" in text
    assert "Tom" in text  # somebody else's, so it says whose
    await finished("mei-1", mei, minutes=1)  # type: ignore[misc]
    await finished("mei-2", mei, minutes=2)  # type: ignore[misc]
    text = await shown(classroom, mei)
    assert "`mei-2`" in text
    assert "Mei" not in text
    assert "`tom-1`" in await shown(classroom, mei, "tom-1")


async def test_another_servers_run_is_nobodys_business(
    classroom: Classroom, finished: Callable[..., object], mei: Learner, tom: Learner
) -> None:
    await finished("tom-1", tom)  # type: ignore[misc]
    for learner in (replace(mei, guild_id="6"), replace(mei, guild_id=None), LOCAL):
        assert "tom-1" not in await shown(classroom, learner)
        with pytest.raises(ClassroomError) as caught:
            await classroom.accuracy(learner, "tom-1")
        assert caught.value.key == "run_unknown_here"
        assert await classroom.runs_like(learner, "") == []
    assert "`tom-1`" in await shown(classroom, replace(tom, guild_id="6"))  # one's own is one's own everywhere


@pytest.mark.parametrize("name", ["nosuch", "../../etc/passwd", "a" * 500, "`x` **y**", "没有"])
async def test_an_unknown_run_is_refused_with_advice(classroom: Classroom, mei: Learner, name: str) -> None:
    with pytest.raises(ClassroomError) as caught:
        await classroom.accuracy(mei, name)
    assert caught.value.key == "run_unknown_here"
    assert "/accuracy" in caught.value.sentence("en")
    assert len(caught.value.sentence("en")) < 300


async def test_a_run_without_a_result_says_why(
    classroom: Classroom, finished: Callable[..., object], settings: Settings, mei: Learner
) -> None:
    for status, words in (("queued", "not over yet"), ("cancelled", "cancelled"), ("failed", "failed")):
        await finished(status, mei, status=status)  # type: ignore[misc]
        shutil.rmtree(settings.tutor_home / "runs" / status)
        with pytest.raises(ClassroomError) as caught:
            await classroom.accuracy(replace(mei, language="en"), status)
        assert caught.value.key == "run_without_result"
        assert words in caught.value.sentence("en")


async def test_a_folder_that_somebody_cleared_away(
    classroom: Classroom, finished: Callable[..., object], settings: Settings, mei: Learner
) -> None:
    await finished("old", mei, minutes=1)  # type: ignore[misc]
    await finished("gone", mei, minutes=2)  # type: ignore[misc]
    await finished("broken", mei, minutes=3)  # type: ignore[misc]
    shutil.rmtree(settings.tutor_home / "runs" / "gone")
    (settings.tutor_home / "runs" / "broken" / "run.json").write_text("{", encoding="utf-8")
    assert "`old`" in await shown(classroom, mei)
    for name in ("gone", "broken"):
        with pytest.raises(ClassroomError) as caught:
            await classroom.accuracy(mei, name)
        assert caught.value.key == "run_lost"
    assert "gone" not in [choice.run_id for choice in await classroom.runs_like(mei, "")]


async def test_the_terminal_sees_what_the_trainer_saved(
    classroom: Classroom, settings: Settings, saved: Callable[..., Path], mei: Learner, finished: Callable[..., object]
) -> None:
    saved(settings.tutor_home, "20261124-101530-aaaa")
    assert "`20261124-101530-aaaa`" in await shown(classroom, LOCAL)
    saved(settings.tutor_home, "20261124-111530-bbbb", created="2026-11-24T11:15:30+00:00")
    saved(settings.tutor_home, "Not An Id")
    assert "`20261124-111530-bbbb`" in await shown(classroom, LOCAL)
    assert "`20261124-101530-aaaa`" in await shown(classroom, LOCAL, "20261124-101530-aaaa")
    assert [choice.run_id for choice in await classroom.runs_like(LOCAL, "")] == [
        "20261124-111530-bbbb",
        "20261124-101530-aaaa",
    ]
    with pytest.raises(ClassroomError):
        await classroom.accuracy(mei, "20261124-101530-aaaa")
    await finished("mei-1", mei)  # type: ignore[misc]
    with pytest.raises(ClassroomError):  # and the terminal does not adopt what has an owner
        await classroom.accuracy(LOCAL, "mei-1")


async def test_choices_are_labelled_and_filtered(
    classroom: Classroom, finished: Callable[..., object], mei: Learner, tom: Learner
) -> None:
    await finished("mei-1", mei, minutes=1, accuracy=0.8812)  # type: ignore[misc]
    await finished("tom-1", replace(tom, name="T" * 200), minutes=2, dataset="practice")  # type: ignore[misc]
    first, second = await classroom.runs_like(replace(mei, language="en"), "")
    assert second == ("mei-1", "0.8812 · tutorial · 10 epochs · 2026-11-24 12:01 · Mei")
    assert first.run_id == "tom-1"
    assert "practice set" in first.label
    assert len(first.label) <= 100
    for typed, found in (("mei", ["mei-1"]), ("0.88 TUTORIAL", ["mei-1"]), ("tom-1", ["tom-1"]), ("nobody", [])):
        assert [choice.run_id for choice in await classroom.runs_like(replace(mei, language="en"), typed)] == found


async def test_at_most_25_choices_newest_first(
    classroom: Classroom, finished: Callable[..., object], mei: Learner
) -> None:
    for minute in range(30):
        await finished(f"run-{minute:02}", mei, minutes=minute)  # type: ignore[misc]
    choices = [choice.run_id for choice in await classroom.runs_like(mei, "")]
    assert choices == [f"run-{minute:02}" for minute in range(29, 4, -1)]


async def test_autocomplete_is_silent_when_the_database_fails(
    classroom: Classroom, store: Store, mei: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(**_: object) -> None:
        raise StoreError("database_locked", path="", problem="")

    monkeypatch.setattr(store, "finished_runs", broken)
    assert await classroom.runs_like(mei, "") == []
