"""A training from the command to its end, and every way it can end."""

import asyncio
import errno
import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.classroom import Classroom, Learner, Picture, Place, Training, TrainingState, describe
from bot.errors import ClassroomError, StoreError
from bot.settings import Settings
from bot.store import Store
from bot.training import JobCancelled, JobFailed, Queued, Started, WorkerDied
from trainer.errors import ConfigError, DatasetError, DivergedError
from trainer.events import EpochEnded, PhaseStarted, Progress
from trainer.recipes import configure

if TYPE_CHECKING:
    from tests.bot.conftest import FakeEngine

PLACE = Place("8", "9")


async def final(training: Training) -> TrainingState:
    """The final state, as soon as it is shown."""
    async with asyncio.timeout(30):
        return [state async for state in training.watch()][-1]


async def settled(training: Training) -> TrainingState:
    """The final state, when it is in the database too."""
    assert training.task is not None
    async with asyncio.timeout(30):
        await training.task
    return training.state


async def test_a_training_is_followed_to_its_saved_run(
    classroom: Classroom,
    engine: "FakeEngine",
    store: Store,
    settings: Settings,
    mei: Learner,
    packed: Callable[..., bytes],
) -> None:
    training = await classroom.train(mei, PLACE, epochs=2, seed=7)
    job = engine.jobs[0]
    assert job.config == training.state.config
    row = await store.run(job.run_id)
    assert row is not None
    assert (row.status, row.channel_id, row.message_id, row.guild_id) == ("queued", "8", "9", "7")

    for event in (Queued(position=1), Started(), PhaseStarted("train", dataset="fashion-mnist")):
        job.notify(event)
    job.notify(Progress(1, 2, 5, 10, 0.5, 0.8, 1.0))
    assert training.state.status == "running"
    assert "第 1/2 轮" in describe(training.state, "zh-CN").text
    job.notify(EpochEnded(1, 2, 0.5, 0.8, 0.4, 0.7, 2.0))
    job.end(packed(job.run_id))

    state = await final(training)
    assert state.status == "finished"
    assert state.record["metrics"]["test_accuracy"] == 0.74
    assert state.pictures[0].data.endswith(b"curves.zh-CN")
    assert (settings.tutor_home / "runs" / job.run_id / "run.json").is_file()
    assert describe(state, "zh-CN").text.startswith("**测试准确率：0.7400**")
    row = await store.run(job.run_id)
    assert row is not None
    assert (row.status, row.test_accuracy, row.dataset) == ("finished", 0.74, "fashion-mnist")
    assert row.finished_at is not None
    with pytest.raises(ClassroomError, match="already over"):
        await classroom.cancel(mei, job.run_id)


async def test_the_result_can_be_asked_for_the_moment_it_is_announced(
    classroom: Classroom, engine: "FakeEngine", mei: Learner, packed: Callable[..., bytes]
) -> None:
    training = await classroom.train(mei, PLACE)
    engine.jobs[0].end(packed(training.state.run_id))
    await final(training)
    assert (await classroom.accuracy(mei, None)).text.startswith("**测试准确率：0.7400**")


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"epochs": 0}, "epochs_range"),
        ({"epochs": 1000}, "epochs_range"),
        ({"batch_size": 7}, "batch_size_range"),
        ({"learning_rate": 0.0}, "learning_rate_range"),
        ({"seed": -1}, "seed_range"),
        ({"recipe": "soup"}, "recipe_unknown"),
    ],
)
async def test_an_option_outside_its_limits_is_refused_and_nothing_is_left(
    classroom: Classroom, engine: "FakeEngine", store: Store, mei: Learner, options: dict[str, Any], key: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        await classroom.train(mei, PLACE, **options)
    assert caught.value.key == key
    assert engine.jobs == []
    assert await store.unfinished_runs(["queued"]) == []


async def test_without_a_seed_everybody_gets_another_network(classroom: Classroom, mei: Learner, tom: Learner) -> None:
    seeds = {(await classroom.train(learner, PLACE)).state.config.seed for learner in (mei, tom, mei)}
    assert len(seeds) == 3


async def test_three_unfinished_trainings_are_enough(
    classroom: Classroom, engine: "FakeEngine", mei: Learner, tom: Learner
) -> None:
    async def ask() -> Training | ClassroomError:
        try:
            return await classroom.train(mei, PLACE)
        except ClassroomError as error:
            return error

    ends = await asyncio.gather(*(ask() for _ in range(5)))  # also when they are asked for at once
    refused = [end for end in ends if isinstance(end, ClassroomError)]
    assert [error.key for error in refused] == ["too_many_trainings"] * 2
    await classroom.train(tom, PLACE)  # another learner's turn
    engine.jobs[0].end(WorkerDied())  # perhaps not the one that was asked for first
    await final(next(end for end in ends if isinstance(end, Training) and end.job is engine.jobs[0]))
    await classroom.train(mei, PLACE)


async def test_only_the_owner_or_a_teacher_of_the_server_cancels(
    classroom: Classroom, engine: "FakeEngine", mei: Learner, tom: Learner
) -> None:
    training = await classroom.train(replace(mei, name="[Mei](http://evil)"), PLACE)
    run_id = training.state.run_id
    strangers = (tom, replace(tom, guild_id="6", is_teacher=True), replace(tom, guild_id=None, is_teacher=True))
    for stranger in strangers:
        with pytest.raises(ClassroomError) as caught:
            await classroom.cancel(stranger, run_id)
        assert caught.value.key == "cancel_not_yours"
        assert r"\[Mei\](http://evil)" in caught.value.sentence("en")  # a name is never shown as a link
    assert not engine.jobs[0].cancelled
    await classroom.cancel(replace(tom, is_teacher=True), run_id)
    assert (await final(training)).status == "cancelled"


async def test_a_cancelled_training_leaves_nothing(
    classroom: Classroom, engine: "FakeEngine", store: Store, settings: Settings, mei: Learner
) -> None:
    training = await classroom.train(mei, PLACE)
    await classroom.cancel(mei, training.state.run_id)
    with pytest.raises(ClassroomError) as caught:
        await classroom.cancel(mei, training.state.run_id)
    assert caught.value.key == "cancel_already_over"
    assert (await final(training)).status == "cancelled"
    assert engine.jobs[0].cancelled
    await settled(training)
    row = await store.run(training.state.run_id)
    assert row is not None
    assert row.status == "cancelled"
    assert list((settings.tutor_home / "runs").glob("*")) == []


async def test_nothing_of_a_packed_run_stays_in_memory(
    classroom: Classroom, engine: "FakeEngine", tom: Learner, packed: Callable[..., bytes]
) -> None:
    """Without the garbage collector: an idle bot hardly ever runs it, and each run is megabytes."""
    gc.collect()
    gc.disable()
    try:
        training = await classroom.train(tom, PLACE)
        job = engine.jobs.pop()
        job.end(packed(job.run_id))
        assert (await final(training)).status == "finished"
        held = weakref.ref(job)
        del job
        await settled(training)
        assert held() is None
    finally:
        gc.enable()


async def test_a_training_that_diverges_keeps_its_epochs(
    classroom: Classroom, engine: "FakeEngine", settings: Settings, tom: Learner
) -> None:
    """Those that come with the error: the events may come later, or not at all."""
    training = await classroom.train(tom, PLACE, epochs=5, learning_rate=10.0)
    history = (EpochEnded(1, 5, 796.34, 0.101, 3.2, 0.1, 2.0),)
    engine.jobs[0].end(DivergedError("diverged_far", epoch=1, loss=796.34, guessing=2.303, history=history))
    text = describe(await final(training), "en").text
    assert "796.34" in text
    assert "1 796.3400    0.1010" in text
    await settled(training)
    again = await classroom.ended(training.state.run_id)  # after a restart
    assert again is not None
    assert describe(again[0], "en").text == text
    assert list((settings.tutor_home / "runs").glob("*")) == []
    assert (await classroom.accuracy(tom, None)).actions[0].kind == "train"


async def test_what_was_cancelled_stays_cancelled_when_its_run_arrives_all_the_same(
    classroom: Classroom, engine: "FakeEngine", settings: Settings, mei: Learner, packed: Callable[..., bytes]
) -> None:
    training = await classroom.train(mei, PLACE)
    engine.stops = False
    job = engine.jobs[0]
    await asyncio.sleep(0)
    await classroom.cancel(mei, job.run_id)
    job.end(packed(job.run_id))
    assert (await settled(training)).status == "cancelled"
    assert not (settings.tutor_home / "runs" / job.run_id).exists()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (WorkerDied(), "process that trained"),
        (JobFailed("ValueError: no such layer\nand more"), "ValueError: no such layer"),
        (DivergedError("diverged", epoch=1, history=()), "no longer a number"),
        (DatasetError("dataset_file_broken", name="t10k-labels"), ""),
        (RuntimeError("a bug"), "Unexpected error"),
    ],
)
async def test_a_failure_gets_a_sentence_and_the_queue_goes_on(
    classroom: Classroom, engine: "FakeEngine", store: Store, tom: Learner, error: Exception, words: str
) -> None:
    training = await classroom.train(tom, PLACE)
    engine.jobs[0].end(error)
    state = await settled(training)
    assert state.status == "failed"
    assert words in state.reason
    assert "Traceback" not in state.reason
    assert "\n" not in state.reason.strip()
    row = await store.run(state.run_id)
    assert row is not None
    assert (row.status, row.reason) == ("failed", state.reason)
    second = await classroom.train(tom, PLACE)
    assert second.state.status == "queued"


async def test_a_job_that_the_engine_cancelled_is_cancelled(
    classroom: Classroom, engine: "FakeEngine", tom: Learner
) -> None:
    training = await classroom.train(tom, PLACE)
    engine.jobs[0].end(JobCancelled())
    assert (await final(training)).status == "cancelled"
    another = await classroom.train(tom, PLACE)
    engine.jobs[1].end(WorkerDied())  # the connection to the cluster broke
    assert (await final(another)).status == "failed"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EFBIG, "disk is full"),
        (errno.EACCES, "cannot be written"),
        (errno.EROFS, "TUTOR_HOME"),
    ],
)
async def test_a_run_that_cannot_be_saved(
    classroom: Classroom,
    engine: "FakeEngine",
    settings: Settings,
    tom: Learner,
    packed: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    words: str,
) -> None:
    training = await classroom.train(tom, PLACE)
    data = packed(training.state.run_id)
    write_bytes = Path.write_bytes

    def full(path: Path, content: Any) -> int:
        if path.name == "history.csv":
            raise OSError(number, "as the system says it")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    engine.jobs[0].end(data)
    state = await final(training)
    assert state.status == "failed"
    assert words in state.reason
    assert list((settings.tutor_home / "runs").iterdir()) == []


async def test_bytes_that_are_no_run(
    classroom: Classroom, engine: "FakeEngine", settings: Settings, tom: Learner
) -> None:
    training = await classroom.train(tom, PLACE)
    engine.jobs[0].end(b"no tar")
    state = await final(training)
    assert state.status == "failed"
    assert state.reason
    assert list((settings.tutor_home / "runs").iterdir()) == []


async def test_the_class_goes_on_while_the_database_is_locked(
    classroom: Classroom,
    engine: "FakeEngine",
    store: Store,
    tom: Learner,
    packed: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.classroom.training.train.RETRIES_S", (0.05,) * 100)
    save_run = store.save_run

    async def locked(row: Any) -> None:
        raise StoreError("database_locked", path="classroom.sqlite3", problem="database is locked")

    monkeypatch.setattr(store, "save_run", locked)
    training = await classroom.train(tom, PLACE)
    engine.jobs[0].end(packed(training.state.run_id))
    assert (await final(training)).status == "finished"
    assert await store.run(training.state.run_id) is None
    monkeypatch.setattr(store, "save_run", save_run)  # the other program lets go: the row arrives after all
    await settled(training)
    row = await store.run(training.state.run_id)
    assert row is not None
    assert (row.status, row.owner_id, row.channel_id) == ("finished", "2", "8")


async def test_closing_interrupts_what_is_not_over(
    classroom: Classroom, engine: "FakeEngine", store: Store, mei: Learner, tom: Learner
) -> None:
    trainings = [await classroom.train(learner, PLACE) for learner in (mei, tom)]
    watchers = [asyncio.create_task(final(training)) for training in trainings]
    await asyncio.sleep(0)
    await classroom.close()
    for watcher in watchers:
        state = await watcher
        assert state.status == "interrupted"
        assert state.reason
        row = await store.run(state.run_id)
        assert row is not None
        assert row.status == "interrupted"
    assert engine.closed
    with pytest.raises(ClassroomError) as caught:
        await classroom.train(mei, PLACE)
    assert caught.value.key == "closing"


async def test_what_is_just_being_saved_when_the_class_closes_is_kept(
    classroom: Classroom, engine: "FakeEngine", store: Store, mei: Learner, packed: Callable[..., bytes]
) -> None:
    training = await classroom.train(mei, PLACE)
    engine.jobs[0].end(packed(training.state.run_id))
    while not training.saving:
        await asyncio.sleep(0)
    with pytest.raises(ClassroomError):
        await classroom.cancel(mei, training.state.run_id)
    await classroom.close()
    assert training.state.status == "finished"
    row = await store.run(training.state.run_id)
    assert row is not None
    assert row.status == "finished"


async def test_a_training_cancelled_before_the_class_closes_is_cancelled(
    classroom: Classroom, engine: "FakeEngine", mei: Learner
) -> None:
    training = await classroom.train(mei, PLACE)
    engine.stops = False
    await classroom.cancel(mei, training.state.run_id)
    await classroom.close()
    assert training.state.status == "cancelled"


async def _never_drawn(*_: object) -> tuple[Picture, ...]:
    await asyncio.Event().wait()
    return ()


async def _wrongly_drawn(*_: object) -> tuple[Picture, ...]:
    raise ValueError("no such colour")


@pytest.mark.parametrize("draw", [_never_drawn, _wrongly_drawn])
async def test_a_result_does_not_depend_on_its_picture(
    classroom: Classroom,
    engine: "FakeEngine",
    mei: Learner,
    packed: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
    draw: Callable[..., Any],
) -> None:
    monkeypatch.setattr("bot.classroom.training.train.plot_of", draw)
    monkeypatch.setattr("bot.classroom.training.train.DRAW_WAIT_S", 0.05)
    training = await classroom.train(mei, PLACE)
    engine.jobs[0].end(packed(training.state.run_id))
    state = await final(training)
    assert (state.status, state.pictures) == ("finished", ())


async def test_closing_does_not_wait_for_a_picture(
    classroom: Classroom,
    engine: "FakeEngine",
    mei: Learner,
    packed: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawing = asyncio.Event()

    async def never_drawn(*_: object) -> tuple[Picture, ...]:
        drawing.set()
        return await _never_drawn()

    monkeypatch.setattr("bot.classroom.training.train.plot_of", never_drawn)
    training = await classroom.train(mei, PLACE)
    engine.jobs[0].end(packed(training.state.run_id))
    await drawing.wait()
    await classroom.close()
    assert training.state.status == "finished"


async def test_an_option_that_is_none_is_the_recipes_own_value(classroom: Classroom, tom: Learner) -> None:
    options = dict.fromkeys(("recipe", "epochs", "batch_size", "learning_rate", "augment", "seed"))
    config = (await classroom.train(tom, PLACE, **options)).state.config
    assert config == configure(seed=config.seed)


async def test_an_interrupted_training_is_not_recorded_as_cancelled(
    classroom: Classroom, engine: "FakeEngine", store: Store, mei: Learner, tom: Learner, packed: Callable[..., bytes]
) -> None:
    """Closing waits for a run that is being saved; meanwhile the interrupted job ends as cancelled."""
    interrupted, saved = await classroom.train(mei, PLACE), await classroom.train(tom, PLACE)
    engine.jobs[1].end(packed(saved.state.run_id))
    while not saved.saving:
        await asyncio.sleep(0)
    await classroom.close()
    row = await store.run(interrupted.state.run_id)
    assert row is not None
    assert (interrupted.state.status, row.status, saved.state.status) == ("interrupted", "interrupted", "finished")
