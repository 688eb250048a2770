"""The state that follows from an event of a job: status, share done, time left."""

from dataclasses import replace
from typing import Final

from bot.classroom.training.state import Status, TrainingState
from bot.training import JobEvent, Queued, Started
from trainer.events import Downloading, EpochEnded, PhaseStarted, Progress

# The speed is measured over this time: long enough for a mean on a busy machine, short enough to follow its changes.
WINDOW_S: Final = 15.0
SHORTEST_WINDOW_S: Final = 0.5
_STATUS_OF_PHASE: Final[dict[str, Status]] = {"train": "running", "evaluate": "evaluating", "save": "evaluating"}


def after(state: TrainingState, event: JobEvent) -> TrainingState:
    """The state after `event`."""
    match event:
        case Queued():
            ahead = (event.own, event.others)
            return replace(state, status="queued", position=event.position, ahead=ahead, minutes=event.minutes)
        case Started():
            return replace(state, status="starting", position=0)
        case PhaseStarted(phase=phase):
            status = _STATUS_OF_PHASE.get(phase, "starting")
            done = 1.0 if status == "evaluating" else state.done
            dataset = event.dataset or state.dataset
            return replace(
                state, status=status, position=0, dataset=dataset, download=None, done=done, remaining_s=None
            )
        case Downloading():
            return replace(state, status="starting", position=0, download=event)
        case Progress():
            return _trained(replace(state, status="running", position=0, progress=event), event)
        case EpochEnded():
            return _trained(replace(state, epochs=(*state.epochs, event)), event)


def _trained(state: TrainingState, event: Progress | EpochEnded) -> TrainingState:
    """`state` with the share done and the time left after `event`."""
    steps = state.progress.steps if state.progress else 0  # batches an epoch; 0 if unknown
    step = event.step if isinstance(event, Progress) else steps
    epochs_done = event.epoch - 1 + step / max(1, steps) if isinstance(event, Progress) else event.epoch
    done = min(1.0, max(state.done, epochs_done / event.epochs))  # never decreases, although events may be late
    batches = (event.epoch - 1) * steps + step
    pace = (*state.pace, (event.elapsed_s, batches))
    # The first entry is later than the compilation of the network, whose time must not count.
    while len(pace) > 2 and event.elapsed_s - pace[1][0] >= WINDOW_S:  # noqa: PLR2004
        pace = pace[1:]
    then_s, then_batches = pace[0]
    took_s = event.elapsed_s - then_s
    remaining_s = None
    if took_s >= SHORTEST_WINDOW_S and batches > then_batches:
        remaining_s = (event.epochs * steps - batches) * took_s / (batches - then_batches)
    return replace(state, done=done, remaining_s=remaining_s, pace=pace)
