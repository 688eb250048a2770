"""What the events of a job change in the state of its training."""

from collections import deque
from dataclasses import replace
from typing import Final

from bot.classroom.training.state import TrainingState
from bot.training import JobEvent, Queued, Started
from trainer.events import EpochEnded, PhaseStarted, Progress

# Long enough to even out a busy machine, short enough to notice that it has become faster or slower.
WINDOW_S: Final = 15.0
SHORTEST_WINDOW_S: Final = 0.5


class Pace:
    """The time left, from the rate at which batches were really done of late."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()  # seconds since the training began, batches done
        self._steps = 0

    def left_s(self, event: Progress | EpochEnded) -> float | None:
        """Seconds until the last batch; None as long as too little was seen to say it."""
        if isinstance(event, Progress):
            self._steps = event.steps
        step = event.step if isinstance(event, Progress) else self._steps
        done = (event.epoch - 1) * self._steps + step
        self._seen.append((event.elapsed_s, done))
        # The first entry comes after the network was compiled, so the compilation is not counted as pace.
        while len(self._seen) > 2 and event.elapsed_s - self._seen[1][0] >= WINDOW_S:  # noqa: PLR2004
            self._seen.popleft()
        then_s, then_done = self._seen[0]
        if event.elapsed_s - then_s < SHORTEST_WINDOW_S or done <= then_done:
            return None
        return (event.epochs * self._steps - done) * (event.elapsed_s - then_s) / (done - then_done)


def after(state: TrainingState, event: JobEvent, pace: Pace) -> TrainingState:
    """The state that follows when `event` has come."""
    match event:
        case Queued(position=position):
            return replace(state, status="queued", position=position)
        case Started():
            return replace(state, status="starting", position=0)
        case PhaseStarted(phase=phase, dataset=dataset):
            status = {"train": "running", "evaluate": "evaluating", "save": "evaluating"}.get(phase, "starting")
            return replace(state, status=status, position=0, dataset=dataset or state.dataset, remaining_s=None)
        case Progress():
            left = pace.left_s(event)
            return replace(state, status="running", position=0, progress=event, remaining_s=left)
        case EpochEnded():
            left = pace.left_s(event)
            return replace(state, epochs=(*state.epochs, event), remaining_s=left)
