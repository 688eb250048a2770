"""The buttons that use cases put below their answers are those that their commands declare."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

from bot.classroom import Answer, Classroom, Learner, Training, describe
from bot.classroom.course.way import DOING
from bot.commands import COMMANDS, Request
from bot.errors import ClassroomError
from bot.settings import Settings
from bot.store import Store
from bot.training import JobFailed
from tests.bot.classroom.course.walk import Walk
from trainer import STEPS
from trainer.photo.seen import Seen
from trainer.runs.folder import Run

if TYPE_CHECKING:
    from tests.bot.conftest import FakeEngine, FakePictures, FakeSearch

LOCAL = Learner("local", "local", "en", room="page")


@dataclass(frozen=True)
class Uploaded:
    async def read(self) -> bytes:
        return b"picture"


async def walk_through(walk: Walk) -> None:
    """The whole course with wrong answers, then practice."""
    await walk.until(right=False)
    for step in DOING:
        await walk.said("do", step=step)
    await walk.said("answer", given="a")  # what `explore` has asked
    stranger = replace(walk, learner=Learner("9", "Zoe", "en"))
    for _, asked in walk.shown:
        if asked.asks is not None and asked.asks.press.kind == "type":
            with suppress(ClassroomError):  # about a run that only its owner has
                await stranger.said("answer", given=f"{asked.asks.press.target}-a")
    with patch("bot.classroom.course.course._now", lambda: datetime.now(UTC) + timedelta(days=2)):
        await walk.said("progress")
        for _ in range(60):
            asked = await walk.said("practice")
            if asked.asks is None:
                break
            if any(action.kind == "choose" for action in asked.actions):
                await walk.press(asked, "choose")
            await walk.answer(right=False)
    await walk.said("forget-me")


async def test_every_button_is_declared_and_every_declared_one_is_shown(
    classroom: Classroom,
    store: Store,
    engine: "FakeEngine",
    pictures: "FakePictures",
    search: "FakeSearch",
    settings: Settings,
    practice_run: Run,
    packed: Callable[..., bytes],
) -> None:
    shown: dict[str, set[str]] = {name: set() for name in COMMANDS}

    async def run(name: str, **options: Any) -> Any:
        reply = await COMMANDS[name].run(classroom, Request(LOCAL), **options)
        if reply is not None:
            look(name, describe(reply.state, "en") if isinstance(reply, Training) else reply)
        return reply

    def look(name: str, answer: Answer) -> None:
        shown[name] |= {action.kind for action in answer.actions}

    async def ended(training: Training, result: bytes | JobFailed, name: str = "train") -> None:
        engine.jobs[-1].end(result)
        async for state in training.watch():
            look(name, describe(state, "en"))

    pixels, original, mask = np.full((28, 28), 200, np.uint8), np.zeros((56, 56, 3), np.uint8), np.ones((56, 56))
    pictures.seen = Seen(pixels, original, mask.astype(np.uint8), ("cut_out", "inverted", "fitted"))
    for step in STEPS:
        await run("explain", step=step)
    await run("class-limits")
    search.found = replace(search.found, figures=("accuracy",))
    for name, options in (("accuracy", {}), ("predict", {"image": Uploaded()}), ("ask", {"question": "mine?"})):
        await run(name, **options)  # nothing is trained yet
    await ended(await run("train"), JobFailed("ValueError: no"))
    trained = await run("train")
    await ended(trained, packed(trained.state.run_id))
    copytree(practice_run.path, Path(settings.tutor_home) / "runs" / practice_run.path.name)
    await run("accuracy")
    predicted = await run("predict", image=Uploaded(), run=practice_run.path.name)
    targets = {action.kind: action.target for action in predicted.actions}
    await run("without", stage=targets["without"])
    await run("why", target=targets["why"])
    cancelled = await run("train")
    await run("cancel", run=cancelled.state.run_id)
    guessed = await run("guess", accuracy="0.9")
    await ended(guessed, packed(guessed.state.run_id), "guess")
    await ended(await run("guess", accuracy="0.9"), JobFailed("ValueError: no"), "guess")
    walk = Walk(classroom, store, settings.tutor_home, Learner("3", "Ann", "en"))
    await walk_through(walk)
    for name, answer in walk.shown:
        look(name, answer)
    row = await store.run(trained.state.run_id)
    assert row is not None
    row.finished_at = datetime(2020, 1, 1, tzinfo=UTC)
    await store.save_run(row)
    await run("status")
    await run("old-runs")

    shown["skip"] |= shown["learn"]  # both show what comes next
    assert shown == {name: set(command.buttons) for name, command in COMMANDS.items()}
