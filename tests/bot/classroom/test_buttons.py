"""The buttons that use cases put below their answers are those that their commands declare."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.classroom import Answer, Classroom, Learner, Training, describe
from bot.commands import COMMANDS, Request
from bot.settings import Settings
from bot.store import Store
from bot.training import JobFailed
from trainer import STEPS
from trainer.photo.seen import Seen
from trainer.runs.folder import Run

if TYPE_CHECKING:
    from tests.bot.conftest import FakeEngine, FakePictures, FakeSearch

LOCAL = Learner("local", "local", "en")


@dataclass(frozen=True)
class Uploaded:
    async def read(self) -> bytes:
        return b"picture"


async def test_every_button_is_declared_and_every_declared_one_is_shown(
    classroom: Classroom,
    engine: "FakeEngine",
    pictures: "FakePictures",
    search: "FakeSearch",
    settings: Settings,
    practice_run: Run,
    packed: Callable[..., bytes],
    store: Store,
) -> None:
    shown: dict[str, set[str]] = {name: set() for name in COMMANDS}

    async def run(name: str, **options: Any) -> Any:
        reply = await COMMANDS[name].run(classroom, Request(LOCAL), **options)
        if reply is not None:
            look(name, describe(reply.state, "en") if isinstance(reply, Training) else reply)
        return reply

    def look(name: str, answer: Answer) -> None:
        shown[name] |= {action.kind for action in answer.actions}

    async def ended(training: Training, result: bytes | JobFailed) -> None:
        engine.jobs[-1].end(result)
        async for state in training.watch():
            look("train", describe(state, "en"))

    pixels, original, mask = np.full((28, 28), 200, np.uint8), np.zeros((56, 56, 3), np.uint8), np.ones((56, 56))
    pictures.seen = Seen(pixels, original, mask.astype(np.uint8), ("cut_out", "inverted", "fitted"))
    for step in STEPS:
        await run("explain", step=step)
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
    row = await store.run(trained.state.run_id)
    assert row is not None
    row.finished_at = datetime(2020, 1, 1, tzinfo=UTC)
    await store.save_run(row)
    await run("status")
    await run("old_runs")

    assert shown == {name: set(command.buttons) for name, command in COMMANDS.items()}
