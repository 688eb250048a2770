"""What a training tells while it runs. Plain values only: events cross process and network borders."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Phase = Literal["load", "build", "train", "evaluate", "save"]


@dataclass(frozen=True)
class PhaseStarted:
    """The pipeline has come to a new part of its work."""

    phase: Phase
    dataset: str = ""  # "fashion-mnist" or "practice", known from the phase "build" on


@dataclass(frozen=True)
class Progress:
    """Where the training stands: a few times a second at most, running means since the epoch began."""

    epoch: int  # 1 ... epochs
    epochs: int
    step: int  # 1 ... steps, batches done in this epoch
    steps: int
    loss: float
    accuracy: float
    elapsed_s: float  # since the phase "train" began


@dataclass(frozen=True)
class EpochEnded:
    """One epoch is over: its means on the training data, and the test data's figures (display only)."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    test_loss: float
    test_accuracy: float
    elapsed_s: float
    test_s: float = 0.0  # of these, what the test images took in this epoch


Event = PhaseStarted | Progress | EpochEnded
_KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in (PhaseStarted, Progress, EpochEnded)}


def to_message(event: Event) -> dict[str, Any]:
    """The event as a flat dictionary of str, int and float, `kind` naming its class."""
    return {"kind": type(event).__name__, **asdict(event)}


def from_message(message: dict[str, Any]) -> Event:
    """The inverse of `to_message`; KeyError for an unknown kind."""
    fields = dict(message)
    return _KINDS[fields.pop("kind")](**fields)
