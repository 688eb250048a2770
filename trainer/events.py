"""The events of a training. They hold plain values only, because they are sent to other processes."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Phase = Literal["load", "build", "train", "evaluate", "save"]


@dataclass(frozen=True)
class PhaseStarted:
    """A new phase of the pipeline began."""

    phase: Phase
    dataset: str = ""  # "fashion-mnist" or "practice"; known from the phase "build" on


@dataclass(frozen=True)
class Downloading:
    """How much of a file of the data set has arrived, twice a second at most, in the phase "load"."""

    file: str
    done_bytes: int
    total_bytes: int  # 0 if unknown


@dataclass(frozen=True)
class Progress:
    """The position in the training, a few times a second at most; loss and accuracy are means of this epoch so far."""

    epoch: int  # 1 ... epochs
    epochs: int
    step: int  # 1 ... steps: finished batches of this epoch
    steps: int
    loss: float
    accuracy: float
    elapsed_s: float  # since the phase "train" began


@dataclass(frozen=True)
class EpochEnded:
    """An epoch ended: mean loss and accuracy on the training data, and those on the test data (for display only)."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    test_loss: float
    test_accuracy: float
    elapsed_s: float
    test_s: float = 0.0  # seconds that evaluating the test images took in this epoch


Event = PhaseStarted | Downloading | Progress | EpochEnded
_KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in (PhaseStarted, Downloading, Progress, EpochEnded)}


def to_message(event: Event) -> dict[str, Any]:
    """The event as a flat dictionary of str, int and float, `kind` naming its class."""
    return {"kind": type(event).__name__, **asdict(event)}


def from_message(message: dict[str, Any]) -> Event:
    """The inverse of `to_message`; KeyError for an unknown kind."""
    fields = dict(message)
    return _KINDS[fields.pop("kind")](**fields)
