"""After a crash: saved runs are finished, others are interrupted, those of running processes are left alone."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from bot.classroom import Classroom, Learner, Place, describe
from bot.classroom.training.sessions import Session
from bot.settings import Settings
from bot.store import RunRow, Store
from trainer.recipes import configure

if TYPE_CHECKING:
    from tests.bot.conftest import FakeEngine, FakePictures


async def left_behind(store: Store, run_id: str, *, session: str = "dead", channel: str = "8") -> None:
    await store.save_run(
        RunRow(
            id=run_id,
            owner_id="1",
            owner_name="Mei",
            language="zh-CN",
            status="queued",
            session=session,
            config=configure(seed=7).to_record(),
            created_at=datetime.now(UTC),
            guild_id="7",
            channel_id=channel,
            message_id="9" if channel else "",
        )
    )


async def change(store: Store, run_id: str, **columns: object) -> None:
    row = await store.run(run_id)
    assert row is not None
    for name, value in columns.items():
        setattr(row, name, value)
    await store.save_run(row)


async def test_a_broken_training_is_interrupted_in_its_own_message(classroom: Classroom, store: Store) -> None:
    await left_behind(store, "run-a")
    ((state, place),) = await classroom.recover()
    assert place == Place("8", "9")
    assert (state.status, state.run_id, state.owner.id) == ("interrupted", "run-a", "1")
    answer = describe(state, state.owner.language)
    assert "训练中断" in answer.text
    assert "/train" in answer.text
    row = await store.run("run-a")
    assert row is not None
    assert row.status == "interrupted"
    assert await classroom.recover() == []  # it is settled only once


async def test_a_run_that_was_saved_is_finished_after_all(
    classroom: Classroom, store: Store, settings: Settings, saved: Callable[..., Path], mei: Learner
) -> None:
    await left_behind(store, "run-a")
    saved(settings.tutor_home, "run-a")
    ((state, _),) = await classroom.recover()
    assert state.status == "finished"
    assert describe(state, "zh-CN").text.startswith("**测试准确率：0.7400**")
    assert state.pictures[0].data.endswith(b"curves.zh-CN")
    assert "`run-a`" in (await classroom.accuracy(mei, None)).text


async def test_the_trainings_of_a_running_process_are_left_alone(
    classroom: Classroom, store: Store, settings: Settings
) -> None:
    other = Session(settings.tutor_home)
    await left_behind(store, "run-a", session=other.id)
    partial = settings.tutor_home / "runs" / ".run-a.partial-1234"
    partial.mkdir(parents=True)
    with FileLock(f"{partial}.lock"):  # another process is writing it
        assert await classroom.recover() == []
        assert partial.exists()
    other.close()
    assert len(await classroom.recover()) == 1
    assert list(partial.parent.iterdir()) == []


async def test_a_classroom_does_not_interrupt_itself(classroom: Classroom, mei: Learner) -> None:
    training = await classroom.train(mei, Place("8", "9"))
    assert await classroom.recover() == []
    assert not training.state.final


async def test_the_terminal_leaves_messages_to_the_discord_bot(classroom: Classroom, store: Store) -> None:
    await left_behind(store, "run-a")
    await left_behind(store, "run-b", channel="")
    assert [state.run_id for state, _ in await classroom.recover(messages=False)] == ["run-b"]
    assert [state.run_id for state, _ in await classroom.recover()] == ["run-a"]


async def test_the_next_classroom_finds_what_a_killed_one_left(
    settings: Settings, store: Store, engine: "FakeEngine", pictures: "FakePictures", mei: Learner
) -> None:
    killed = Classroom(settings, store, engine, pictures)  # type: ignore[arg-type]
    training = await killed.train(mei, Place("8", "9"), epochs=3)
    killed._session._lock.release()  # what the system does when the process is gone
    heir = Classroom(settings, store, engine, pictures)  # type: ignore[arg-type]
    ((state, place),) = await heir.recover()
    assert (state.run_id, state.status, state.config) == (training.state.run_id, "interrupted", training.state.config)
    assert place.message_id == "9"
    await heir.close()
    await killed.close()


@pytest.mark.parametrize("status", ["finished", "cancelled", "failed", "interrupted"])
async def test_what_is_over_is_not_settled_again(classroom: Classroom, store: Store, status: str) -> None:
    await left_behind(store, "run-a")
    await change(store, "run-a", status=status)
    assert await classroom.recover() == []


async def test_a_row_of_another_version_does_not_stop_the_start(classroom: Classroom, store: Store) -> None:
    for run_id in ("run-a", "run-b", "run-c"):
        await left_behind(store, run_id)
    await change(store, "run-a", config={"recipe": "tutorial", "epochs": 3, "colour": "blue"})
    await change(store, "run-b", config={"recipe": "forgotten"})
    states = {state.run_id: state for state, _ in await classroom.recover()}
    assert set(states) == {"run-a", "run-c"}
    assert states["run-a"].config.epochs == 3


async def test_the_final_state_of_a_training_can_be_read_again(
    classroom: Classroom, store: Store, settings: Settings, saved: Callable[..., Path]
) -> None:
    await left_behind(store, "run-a")
    assert await classroom.ended("run-a") is None  # it is not over
    assert await classroom.ended("nosuch") is None
    await change(store, "run-a", status="failed", reason="网络出了错。")
    ended = await classroom.ended("run-a")
    assert ended is not None
    assert (ended[0].status, ended[0].reason, ended[1]) == ("failed", "网络出了错。", Place("8", "9"))
    saved(settings.tutor_home, "run-b")
    await left_behind(store, "run-b")
    await change(store, "run-b", status="finished")
    ended = await classroom.ended("run-b")
    assert ended is not None
    assert describe(ended[0], "zh-CN").text.startswith("**测试准确率：0.7400**")
    await left_behind(store, "run-c")
    await change(store, "run-c", status="finished")  # but its folder was removed
    assert await classroom.ended("run-c") is None
