"""The state of one training: immutable snapshots, of which the latest one counts."""

from dataclasses import dataclass, field
from typing import Any, Literal

from bot.classroom.answer import Picture
from bot.classroom.learner import Learner
from trainer.config import Config
from trainer.events import EpochEnded, Progress

Status = Literal["queued", "starting", "running", "evaluating", "finished", "cancelled", "failed", "interrupted"]
FINAL: frozenset[Status] = frozenset({"finished", "cancelled", "failed", "interrupted"})
UNFINISHED: frozenset[Status] = frozenset({"queued", "starting", "running", "evaluating"})


@dataclass(frozen=True)
class TrainingState:
    """Everything that the message of a training shows."""

    run_id: str
    owner: Learner
    config: Config
    status: Status = "queued"
    position: int = 0  # in the queue, 1 = next; 0 if unknown, or once it runs
    dataset: str = ""  # "fashion-mnist" or "practice", known soon after the start
    progress: Progress | None = None
    epochs: tuple[EpochEnded, ...] = ()
    done: float = 0.0  # the share of all batches that has been trained, in [0, 1]
    remaining_s: float | None = None  # until the last batch; None if unknown
    pace: tuple[tuple[float, int], ...] = ()  # recent (elapsed_s, batches done), from which remaining_s is computed
    record: dict[str, Any] = field(default_factory=dict[str, Any])  # run.json, once finished
    pictures: tuple[Picture, ...] = ()  # once finished: the learning curves, in the owner's language
    reason: str = ""  # why it failed or was interrupted: a sentence in the owner's language

    @property
    def final(self) -> bool:
        """Whether no other state will follow."""
        return self.status in FINAL
