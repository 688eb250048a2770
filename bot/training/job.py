"""What is asked of the engine, what it tells while it works, and how a job can end."""

from dataclasses import asdict, dataclass
from typing import Any

from trainer.config import Config
from trainer.events import Event
from trainer.language import Language


@dataclass(frozen=True)
class Job:
    """One training."""

    run_id: str
    config: Config
    languages: tuple[Language, ...]

    def to_message(self) -> dict[str, Any]:
        """Plain values, for the way to a worker."""
        return asdict(self)


@dataclass(frozen=True)
class Queued:
    """The job waits; 1 is the next."""

    position: int


@dataclass(frozen=True)
class Started:
    """A worker has taken the job."""


JobEvent = Queued | Started | Event


class JobCancelled(Exception):  # noqa: N818 it is a request that was followed
    """The job was cancelled before it was done."""


class WorkerDied(Exception):  # noqa: N818 what happened, not a kind of error
    """The process that did the job is gone."""


class JobFailed(Exception):  # noqa: N818
    """The job ended with an error that nobody foresaw; the text is one line for the log."""
