"""The state of one training: immutable, replaced by a new one after each event."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from bot.classroom.answer import Picture
from bot.classroom.learner import Learner
from trainer.config import Config
from trainer.events import Downloading, EpochEnded, Progress

# The only list of the statuses: a row has one of them in its column `status`, and sentences are keyed by them.
UnfinishedStatus = Literal["queued", "starting", "running", "evaluating"]
FinalStatus = Literal["finished", "cancelled", "failed", "interrupted"]
Status = UnfinishedStatus | FinalStatus
UNFINISHED: Final[frozenset[Status]] = frozenset(get_args(UnfinishedStatus))
FINAL: Final[frozenset[Status]] = frozenset(get_args(FinalStatus))


@dataclass(frozen=True)
class TrainingState:
    """Everything that the message of a training shows."""

    run_id: str
    owner: Learner
    config: Config
    status: Status = "queued"
    position: int = 0  # in the queue, 1 is the next to start; 0 if unknown or not waiting
    ahead: tuple[int, int] = (0, 0)  # trainings that start before it: of its own class, of others
    minutes: int | None = None  # until it starts, rounded; None if unknown
    dataset: str = ""  # "fashion-mnist" or "practice", known soon after the start
    download: Downloading | None = None  # while the data set is downloaded
    progress: Progress | None = None
    epochs: tuple[EpochEnded, ...] = ()
    done: float = 0.0  # the share of all batches that the network has been trained on, in [0, 1]
    remaining_s: float | None = None  # until the last batch; None if unknown
    pace: tuple[tuple[float, int], ...] = ()  # recent (elapsed_s, batches done), from which remaining_s is computed
    record: dict[str, Any] = field(default_factory=dict[str, Any])  # run.json, once finished
    pictures: tuple[Picture, ...] = ()  # once finished: the learning curves, in the owner's language
    guess: float | None = None  # of the test accuracy, in the course
    reason: str = ""  # why it failed or was interrupted: a sentence in the owner's language

    @property
    def final(self) -> bool:
        """Whether no other state will follow."""
        return self.status in FINAL
