"""The state of one training as its watchers see it: immutable snapshots, the latest one counts."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.classroom.answer import Picture
from bot.classroom.learner import Learner
from trainer.config import Config
from trainer.events import EpochEnded, Progress

Status = Literal["queued", "starting", "running", "evaluating", "finished", "cancelled", "failed", "interrupted"]
FINAL: frozenset[Status] = frozenset({"finished", "cancelled", "failed", "interrupted"})


@dataclass(frozen=True)
class TrainingState:
    """Everything a renderer needs to draw the training's one message."""

    run_id: str
    owner: Learner
    config: Config
    status: Status = "queued"
    position: int = 0  # place in the queue, 1 = next; 0 once it runs
    dataset: str = ""  # "fashion-mnist" or "practice", known soon after it started
    progress: Progress | None = None
    epochs: tuple[EpochEnded, ...] = ()
    remaining_s: float | None = None
    record: dict[str, Any] = field(default_factory=dict[str, Any])  # run.json, once finished
    pictures: tuple[Picture, ...] = ()  # once finished: the learning curve, in the owner's language
    reason: str = ""  # why it failed or was interrupted: a sentence in the owner's language

    @property
    def done(self) -> float:
        """The share of all steps that is done, in [0, 1]."""
        if (where := self.progress) is None:
            return 0.0
        return (where.epoch - 1 + where.step / where.steps) / where.epochs

    @property
    def final(self) -> bool:
        """No further state will follow."""
        return self.status in FINAL


@dataclass(frozen=True)
class TrainOptions:
    """What was asked of `/train`; None leaves it to the recipe (the seed: to chance)."""

    recipe: str = "tutorial"
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    augment: bool = False
    seed: int | None = None


class Training:
    """A training that was asked for. Watchers get the latest state; states in between may be skipped."""

    def __init__(self, state: TrainingState) -> None:
        self._state = state
        self._changed = asyncio.Event()

    @property
    def state(self) -> TrainingState:
        """The latest state."""
        return self._state

    def update(self, state: TrainingState) -> None:
        """Put a newer state; ignored after a final one, which nothing may overwrite."""
        if self._state.final:
            return
        self._state = state
        self._changed.set()
        self._changed = asyncio.Event()

    async def watch(self) -> AsyncIterator[TrainingState]:
        """The state now, then the latest whenever it changed; ends after the final one."""
        while True:
            changed = self._changed
            state = self._state
            yield state
            if state.final:
                return
            if self._state is state:
                await changed.wait()
