"""A training from the wish to its end, and every way it can end."""

import asyncio
import errno
import gc
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.classroom import Classroom, Learner, Place, Training, TrainingState, TrainOptions, describe
from bot.errors import ClassroomError, StoreError
from bot.settings import Settings
from bot.store import Store
from bot.training import JobCancelled, JobFailed, Queued, Started, WorkerDied
from trainer.errors import ConfigError, DatasetError, DivergedError
from trainer.events import EpochEnded, PhaseStarted, Progress

if TYPE_CHECKING:
    from tests.bot.classroom.conftest import FakeEngine

PLACE = Place("8", "9")


async def final(training: Training) -> TrainingState:
    async with asyncio.timeout(5):
        return [state async for state in training.watch()][-1]


async def test_a_training_is_followed_to_its_saved_run(
    classroom: Classroom,
    engine: "FakeEngine",
    store: Store,
    settings: Settings,
    mei: Learner,
    packed: Callable[..., bytes],
) -> None:
    training = await classroom.train(mei, TrainOptions(epochs=2, seed=7), PLACE)
    ticket = engine.tickets[0]
    assert ticket.job.config == training.state.config
    assert ticket.job.languages == ("en", "zh-CN")
    row = await store.run(ticket.run_id)
    assert row is not None
    assert (row.status, row.channel_id, row.message_id, row.guild_id) == ("queued", "8", "9", "7")

    for event in (Queued(position=1), Started(), PhaseStarted("train", dataset="fashion-mnist")):
        ticket.listener(event)
    ticket.listener(Progress(1, 2, 5, 10, 0.5, 0.8, 1.0))
    assert training.state.status == "running"
    assert "第 1/2 轮" in describe(training.state, "zh-CN").text
    ticket.listener(EpochEnded(1, 2, 0.5, 0.8, 0.4, 0.7, 2.0))
    ticket.outcome.set_result(packed(ticket.run_id))

    state = await final(training)
    assert state.status == "finished"
    assert state.record["metrics"]["test_accuracy"] == 0.74
    assert state.pictures[0].data.endswith(b"curves.zh-CN")
    assert (settings.tutor_home / "runs" / ticket.run_id / "run.json").is_file()
    assert describe(state, "zh-CN").text.startswith("**测试准确率：0.7400**")
    row = await store.run(ticket.run_id)
    assert row is not None
    assert (row.status, row.test_accuracy, row.dataset) == ("finished", 0.74, "fashion-mnist")
    assert row.finished_at is not None
    with pytest.raises(ClassroomError, match="already over"):
        await classroom.cancel(mei, ticket.run_id)


async def test_the_result_can_be_asked_for_the_moment_it_is_announced(
    classroom: Classroom, engine: "FakeEngine", mei: Learner, packed: Callable[..., bytes]
) -> None:
    training = await classroom.train(mei, TrainOptions(), PLACE)
    engine.tickets[0].outcome.set_result(packed(training.state.run_id))
    await final(training)
    assert (await classroom.accuracy(mei, None)).text.startswith("**测试准确率：0.7400**")


@pytest.mark.parametrize(
    ("options", "key"),
    [
        (TrainOptions(epochs=0), "epochs_range"),
        (TrainOptions(epochs=1000), "epochs_range"),
        (TrainOptions(batch_size=7), "batch_size_range"),
        (TrainOptions(learning_rate=0.0), "learning_rate_range"),
        (TrainOptions(seed=-1), "seed_range"),
        (TrainOptions(recipe="soup"), "recipe_unknown"),
    ],
)
async def test_an_option_outside_its_limits_is_refused_and_nothing_is_left(
    classroom: Classroom, engine: "FakeEngine", store: Store, mei: Learner, options: TrainOptions, key: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        await classroom.train(mei, options, PLACE)
    assert caught.value.key == key
    assert engine.tickets == []
    assert await store.unfinished_runs(["queued"]) == []


async def test_without_a_seed_everybody_gets_another_network(classroom: Classroom, mei: Learner, tom: Learner) -> None:
    seeds = {(await classroom.train(learner, TrainOptions(), PLACE)).state.config.seed for learner in (mei, tom, mei)}
    assert len(seeds) == 3


async def test_three_unfinished_trainings_are_enough(
    classroom: Classroom, engine: "FakeEngine", mei: Learner, tom: Learner
) -> None:
    async def wish() -> Training | ClassroomError:
        try:
            return await classroom.train(mei, TrainOptions(), PLACE)
        except ClassroomError as error:
            return error

    ends = await asyncio.gather(*(wish() for _ in range(5)))  # also when they are asked for at once
    refused = [end for end in ends if isinstance(end, ClassroomError)]
    assert [error.key for error in refused] == ["too_many_trainings"] * 2
    await classroom.train(tom, TrainOptions(), PLACE)  # another learner's turn
    engine.tickets[0].outcome.set_exception(WorkerDied())
    await final(next(end for end in ends if isinstance(end, Training)))
    await classroom.train(mei, TrainOptions(), PLACE)


async def test_only_the_owner_or_a_teacher_of_the_server_cancels(
    classroom: Classroom, engine: "FakeEngine", mei: Learner, tom: Learner
) -> None:
    training = await classroom.train(replace(mei, name="[Mei](http://evil)"), TrainOptions(), PLACE)
    run_id = training.state.run_id
    strangers = (tom, replace(tom, guild_id="6", is_teacher=True), replace(tom, guild_id=None, is_teacher=True))
    for stranger in strangers:
        with pytest.raises(ClassroomError) as caught:
            await classroom.cancel(stranger, run_id)
        assert caught.value.key == "cancel_not_yours"
        assert r"\[Mei\](http://evil)" in caught.value.sentence("en")  # no link, whatever somebody calls themselves
    assert not engine.tickets[0].cancelled
    await classroom.cancel(replace(tom, is_teacher=True), run_id)
    assert (await final(training)).status == "cancelled"


async def test_a_cancelled_training_leaves_nothing(
    classroom: Classroom, engine: "FakeEngine", store: Store, settings: Settings, mei: Learner
) -> None:
    training = await classroom.train(mei, TrainOptions(), PLACE)
    await classroom.cancel(mei, training.state.run_id)
    with pytest.raises(ClassroomError) as caught:
        await classroom.cancel(mei, training.state.run_id)
    assert caught.value.key == "cancel_already_over"
    assert (await final(training)).status == "cancelled"
    assert engine.tickets[0].cancelled
    await asyncio.sleep(0.2)
    row = await store.run(training.state.run_id)
    assert row is not None
    assert row.status == "cancelled"
    assert list((settings.tutor_home / "runs").glob("*")) == []


async def test_nothing_of_a_packed_run_stays_in_memory(
    classroom: Classroom, engine: "FakeEngine", tom: Learner, packed: Callable[..., bytes]
) -> None:
    """Also when Python does not look for circles of objects: thirty people train, and each run is megabytes."""
    gc.collect()
    gc.disable()
    try:
        training = await classroom.train(tom, TrainOptions(), PLACE)
        ticket = engine.tickets.pop()
        ticket.outcome.set_result(packed(ticket.run_id))
        assert (await final(training)).status == "finished"
        held = weakref.ref(ticket)
        del ticket
        await asyncio.sleep(0.2)
        assert held() is None
    finally:
        gc.enable()


async def test_a_training_that_diverges_keeps_its_epochs(
    classroom: Classroom, engine: "FakeEngine", settings: Settings, tom: Learner
) -> None:
    """Those that the worker tells with the error: the events may come later, or not at all."""
    training = await classroom.train(tom, TrainOptions(epochs=5, learning_rate=10.0), PLACE)
    history = (EpochEnded(1, 5, 796.34, 0.101, 3.2, 0.1, 2.0),)
    engine.tickets[0].outcome.set_exception(
        DivergedError("diverged_far", epoch=1, loss=796.34, guessing=2.303, history=history)
    )
    text = describe(await final(training), "en").text
    assert "796.34" in text
    assert "1 796.3400    0.1010" in text
    await asyncio.sleep(0.2)
    told = await classroom.ended(training.state.run_id)  # after a restart
    assert told is not None
    assert describe(told[0], "en").text == text
    assert list((settings.tutor_home / "runs").glob("*")) == []
    assert (await classroom.accuracy(tom, None)).actions[0].kind == "train"


async def test_a_training_that_does_not_stop_is_given_up_within_a_second(
    classroom: Classroom, engine: "FakeEngine", settings: Settings, mei: Learner, packed: Callable[..., bytes]
) -> None:
    training = await classroom.train(mei, TrainOptions(), PLACE)
    ticket = engine.tickets[0]
    ticket.stops = False
    await asyncio.sleep(0)
    begun = time.monotonic()
    await classroom.cancel(mei, ticket.run_id)
    assert (await final(training)).status == "cancelled"
    assert time.monotonic() - begun < 1
    if not ticket.outcome.done():
        ticket.outcome.set_result(packed(ticket.run_id))  # too late: what was cancelled stays cancelled
    await asyncio.sleep(0.05)
    assert training.state.status == "cancelled"
    assert not (settings.tutor_home / "runs" / ticket.run_id).exists()


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
async def test_a_failure_is_told_in_a_sentence_and_the_queue_goes_on(
    classroom: Classroom, engine: "FakeEngine", store: Store, tom: Learner, error: Exception, words: str
) -> None:
    training = await classroom.train(tom, TrainOptions(), PLACE)
    engine.tickets[0].outcome.set_exception(error)
    state = await final(training)
    assert state.status == "failed"
    assert words in state.reason
    assert "Traceback" not in state.reason
    assert "\n" not in state.reason.strip()
    await asyncio.sleep(0.1)
    row = await store.run(state.run_id)
    assert row is not None
    assert (row.status, row.reason) == ("failed", state.reason)
    second = await classroom.train(tom, TrainOptions(), PLACE)
    assert second.state.status == "queued"


async def test_a_job_that_the_engine_cancelled_is_cancelled(
    classroom: Classroom, engine: "FakeEngine", tom: Learner
) -> None:
    training = await classroom.train(tom, TrainOptions(), PLACE)
    engine.tickets[0].outcome.set_exception(JobCancelled())
    assert (await final(training)).status == "cancelled"
    another = await classroom.train(tom, TrainOptions(), PLACE)
    engine.tickets[1].outcome.cancel()  # the connection to the cluster broke
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
    training = await classroom.train(tom, TrainOptions(), PLACE)
    data = packed(training.state.run_id)
    write_bytes = Path.write_bytes

    def full(path: Path, content: Any) -> int:
        if path.name == "history.csv":
            raise OSError(number, "as the system says it")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    engine.tickets[0].outcome.set_result(data)
    state = await final(training)
    assert state.status == "failed"
    assert words in state.reason
    assert list((settings.tutor_home / "runs").iterdir()) == []


async def test_bytes_that_are_no_run(
    classroom: Classroom, engine: "FakeEngine", settings: Settings, tom: Learner
) -> None:
    training = await classroom.train(tom, TrainOptions(), PLACE)
    engine.tickets[0].outcome.set_result(b"no tar")
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
    training = await classroom.train(tom, TrainOptions(), PLACE)
    engine.tickets[0].outcome.set_result(packed(training.state.run_id))
    assert (await final(training)).status == "finished"
    assert await store.run(training.state.run_id) is None
    monkeypatch.setattr(store, "save_run", save_run)  # the other program lets go: the row arrives after all
    async with asyncio.timeout(3):
        while (row := await store.run(training.state.run_id)) is None:
            await asyncio.sleep(0.05)
    assert (row.status, row.owner_id, row.channel_id) == ("finished", "2", "8")


async def test_closing_interrupts_what_is_not_over(
    classroom: Classroom, engine: "FakeEngine", store: Store, mei: Learner, tom: Learner
) -> None:
    trainings = [await classroom.train(learner, TrainOptions(), PLACE) for learner in (mei, tom)]
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
        await classroom.train(mei, TrainOptions(), PLACE)
    assert caught.value.key == "closing"


async def test_what_is_just_being_saved_when_the_class_closes_is_kept(
    classroom: Classroom, engine: "FakeEngine", store: Store, mei: Learner, packed: Callable[..., bytes]
) -> None:
    training = await classroom.train(mei, TrainOptions(), PLACE)
    engine.tickets[0].outcome.set_result(packed(training.state.run_id))
    while not classroom._trainings._under_way[training.state.run_id].saving:
        await asyncio.sleep(0)
    with pytest.raises(ClassroomError):
        await classroom.cancel(mei, training.state.run_id)
    await classroom.close()
    assert training.state.status == "finished"
    row = await store.run(training.state.run_id)
    assert row is not None
    assert row.status == "finished"


async def test_who_cancelled_before_the_class_closes_is_told_so(
    classroom: Classroom, engine: "FakeEngine", mei: Learner
) -> None:
    training = await classroom.train(mei, TrainOptions(), PLACE)
    engine.tickets[0].stops = False
    await classroom.cancel(mei, training.state.run_id)
    await classroom.close()
    assert training.state.status == "cancelled"
