"""The classroom: what a front end can ask for, whoever asks and wherever."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from bot.classroom.answer import Answer
from bot.classroom.learner import Learner, Place
from bot.classroom.training import Training, TrainingState, TrainOptions

if TYPE_CHECKING:
    from bot.engine import Engine
    from bot.engine.pictures import PictureProcess
    from bot.settings import Settings
    from bot.store import Store

CloseReason = Literal["stopped"]


class RunChoice(NamedTuple):
    """A run as autocomplete offers it."""

    run_id: str
    label: str  # at most 100 characters


class Classroom:
    """The use cases over one engine, one store and one picture process; one per bot process.

    Every method takes the learner as they are at that moment, and answers in their language. What cannot be
    done raises a TutorError with a sentence for them (ClassroomError, ConfigError, PictureError, ...).
    """

    def __init__(self, settings: "Settings", store: "Store", engine: "Engine", pictures: "PictureProcess") -> None:
        self._settings, self._store, self._engine, self._pictures = settings, store, engine, pictures

    async def explain(self, learner: Learner, step: str) -> Answer:
        """The lesson of one step with its picture and buttons back / next; ClassroomError `step_unknown`."""
        raise NotImplementedError

    async def train(self, learner: Learner, options: TrainOptions, place: Place) -> Training:
        """Put a training into the queue; watch what it returns.

        Raises ConfigError for an option outside its limits, ClassroomError `too_many_trainings`, `closing`.
        """
        raise NotImplementedError

    async def cancel(self, learner: Learner, run_id: str) -> None:
        """Stop a training; ClassroomError `cancel_not_yours`, `cancel_already_over` (also for an unknown id)."""
        raise NotImplementedError

    async def accuracy(self, learner: Learner, run: str | None) -> Answer:
        """How well a run does; no run at all: the offer to train. ClassroomError `run_unknown_here`."""
        raise NotImplementedError

    async def predict(self, learner: Learner, image: bytes, run: str | None) -> Answer:
        """What a run takes a picture for; no run at all: the offer to train. PictureError, ClassroomError."""
        raise NotImplementedError

    async def runs_like(self, learner: Learner, typed: str) -> Sequence[RunChoice]:
        """At most 25 finished runs that this learner may name, the newest first; never raises."""
        raise NotImplementedError

    def training(self, run_id: str) -> Training | None:
        """The training of this process with that id, while it is not over."""
        raise NotImplementedError

    async def recover(self, *, messages: bool = True) -> list[tuple[TrainingState, Place]]:
        """Settle, at start, the trainings that dead processes left: their final states, for their messages.

        messages=False (the terminal): those whose message only Discord can edit are left for the bot.
        """
        raise NotImplementedError

    async def close(self, *, reason: CloseReason = "stopped") -> None:
        """Interrupt what is not over (watchers get the final state first), then close engine and pictures.

        The store stays open: whoever opened it closes it.
        """
        raise NotImplementedError
