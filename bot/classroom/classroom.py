"""The classroom: every use case that a front end can call."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from bot.classroom.accuracy import accuracy
from bot.classroom.answer import Answer
from bot.classroom.ask import ask
from bot.classroom.condition import Observer
from bot.classroom.course.course import Course
from bot.classroom.explain import Lessons
from bot.classroom.forget import forget_everything, forget_me
from bot.classroom.learner import Learner, Place
from bot.classroom.limits import ClassLimits
from bot.classroom.old_runs import OldRuns
from bot.classroom.predictions.predict import predict
from bot.classroom.predictions.uploads import Uploads
from bot.classroom.predictions.why import why
from bot.classroom.predictions.without import without
from bot.classroom.runs import RunChoice, Runs
from bot.classroom.status import check_teacher, status
from bot.classroom.training.recover import Recovery
from bot.classroom.training.sessions import Session
from bot.classroom.training.state import TrainingState
from bot.classroom.training.train import Trainings
from bot.classroom.training.training import Training
from bot.errors import StoreError
from bot.exercises import Exercises
from bot.pictures.processes import Pictures
from bot.rewording import Rewording
from bot.search import Search
from bot.settings import Settings
from bot.store import Store
from bot.training import Engine

_log = logging.getLogger(__name__)


class Beside(Protocol):
    """A front end that is open beside another one, on the same classroom."""

    def __call__(self, classroom: "Classroom", store: Store, /) -> AbstractAsyncContextManager[None]:
        """Open until the context ends; the classroom is closed before that."""
        ...


class Classroom:
    """The use cases over one engine, one store and the picture processes; one a bot process.

    Answers are in the learner's language. A request that cannot be met raises a TutorError with a sentence for the
    learner (ClassroomError, ConfigError, PictureError, ...). The constructor locks a file in TUTOR_HOME, which `close`
    unlocks; OSError if it cannot be written.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        engine: Engine,
        pictures: Pictures,
        search: Search | None = None,
        exercises: Exercises | None = None,
    ) -> None:
        self._home, self._store, self._engine, self._pictures = settings.tutor_home, store, engine, pictures
        self._session = Session(self._home)
        self._closed = False
        self._runs = Runs(self._home, store)
        self._lessons = Lessons(self._runs, store, pictures)
        self._uploads = Uploads(self._home)
        self._search = search or Search(self._home)
        self._exercises = exercises or Exercises(settings)
        self._rewording = Rewording(settings) if settings.tutor_reword_url else None
        self._limits = ClassLimits(store)
        self._trainings = Trainings(settings, store, engine, pictures, self._limits, self._session.id)
        self._course = Course(self._runs, store, self._exercises, self._lessons.explain)
        self._old_runs = OldRuns(self._home, store, settings.tutor_old_runs_days)
        self.observer = Observer(self._home, store, engine)
        self._recovery = Recovery(self._home, store, pictures)

    async def explain(self, learner: Learner, step: str) -> Answer:
        """The lesson of one step with its picture and buttons back / next; ClassroomError `step_unknown`."""
        return await self._lessons.explain(learner, step)

    async def train(self, learner: Learner, place: Place, **options: Any) -> Training:
        """Put a training into the queue; returns at once.

        options: recipe, epochs, batch_size, learning_rate, augment, seed, as in `trainer.recipes.configure`; None means
        the recipe's own value. place: the message that will show the training.

        Raises ConfigError for an option outside its limits, ClassroomError `too_many_trainings`, `closing`, and for
        what the class's teacher does not allow `limit_quiet`, `limit_recipes`, `limit_epochs`, `limit_trainings`.
        """
        return await self._trainings.start(learner, place, options)

    async def class_limits(self, learner: Learner, **given: Any) -> Answer:
        """The limits for the trainings of the learner's class; with options that are not None, a teacher sets them.

        given: epochs, recipes (all or quick), trainings, quiet. Errors as for `ClassLimits.change`.
        """
        changes = {name: value for name, value in given.items() if value is not None}
        return await (self._limits.change(learner, changes) if changes else self._limits.show(learner))

    async def cancel(self, learner: Learner, run_id: str) -> None:
        """Stop a training; ClassroomError `cancel_not_yours`, `cancel_already_over` (also for an unknown id)."""
        await self._trainings.cancel(learner, run_id)

    async def accuracy(self, learner: Learner, run: str | None) -> Answer:
        """The accuracy of a run, None for the newest; the offer to train if there is none.

        Raises ClassroomError `run_unknown_here`, `run_without_result`, `run_lost`.
        """
        return await accuracy(self._runs, self._pictures, learner, run)

    async def predict(self, learner: Learner, image: bytes, run: str | None) -> Answer:
        """The answer of a run to a picture; without a run as `accuracy`, which has the same errors.

        Raises also PictureError for a file that cannot be classified.
        """
        answer = await predict(self._runs, self._uploads, self._store, self._pictures, learner, image, run)
        if answer.pictures:
            await self._course.note_predicted(learner)
        return answer

    async def without(self, learner: Learner, target: str) -> Answer:
        """The answer to a picture of an earlier `predict` without the stages that an action's target names.

        Raises ClassroomError `picture_gone`, `run_lost`.
        """
        return await without(self._runs, self._uploads, self._pictures, learner, target)

    async def why(self, learner: Learner, target: str) -> Answer:
        """The reasons for an earlier answer; target and errors as for `without`."""
        return await why(self._runs, self._uploads, self._pictures, learner, target)

    async def ask(self, learner: Learner, question: str) -> Answer:
        """What answers a question, and the learner's own figures if it is about them.

        Raises ClassroomError `question_empty`, `question_too_long`, PictureProcessError `search_failed`.
        """
        return await ask(self._runs, self._search, learner, question, self._rewording)

    async def learn(self, learner: Learner) -> Answer:
        """What comes next in the course: a lesson to read, a step to do, a question."""
        return await self._course.learn(learner)

    async def do(self, learner: Learner, step: str) -> Answer:
        """Run a step of the tutorial and show its real output; ClassroomError `step_unknown`, `step_not_done`."""
        return await self._course.do(learner, step)

    async def skip(self, learner: Learner, step: str) -> Answer:
        """Leave out doing a step; returns what comes next."""
        return await self._course.skip(learner, step)

    async def guess(self, learner: Learner, place: Place, typed: str) -> Training:
        """A training of the default recipe whose test accuracy was guessed; ClassroomError `guess_number`."""

        async def start(share: float) -> Training:
            return await self._trainings.start(learner, place, {}, guess=share)

        return await self._course.guess(learner, typed, start)

    async def answer(self, learner: Learner, given: str) -> Answer:
        """Judge an answer to a question of the course; see Course.answer."""
        return await self._course.answer(learner, given)

    async def choose(self, learner: Learner, target: str) -> Answer:
        """A question again with the letters chosen until now."""
        return await self._course.choose(learner, target)

    async def practice(self, learner: Learner) -> Answer:
        """A question that is due again."""
        return await self._course.practice(learner)

    async def progress(self, learner: Learner) -> Answer:
        """The learner's own way through the course."""
        return await self._course.progress(learner)

    async def forget_me(self, learner: Learner) -> Answer:
        """What is kept of the learner, and the button that deletes it."""
        return await forget_me(self._store, learner)

    async def forget_everything(self, learner: Learner) -> Answer:
        """Delete all that is kept of the learner; their trainings are cancelled."""
        await self._limits.forget(learner)
        return await forget_everything(self._home, self._store, self._trainings, learner)

    async def status(self, learner: Learner) -> Answer:
        """How the bot is; ClassroomError `status_teacher_only`, StoreError."""
        check_teacher(learner)
        return status(await self.observer.condition(), await self._old_runs.find(learner), learner.language)

    async def old_runs(self, learner: Learner, delete: str) -> Answer:
        """The question whether to delete old runs, or with `sure` their deletion; errors as for `status`."""
        check_teacher(learner)
        try:
            return await self._old_runs.answer(learner, delete)
        finally:
            self.observer.forget_sizes()

    async def runs_like(self, learner: Learner, typed: str) -> list[RunChoice]:
        """At most 25 finished runs that this learner can use, the newest first; empty if the store fails."""
        return await self._runs.like(learner, typed)

    async def recover(self, *, messages: bool = True) -> list[tuple[TrainingState, Place]]:
        """At start: settle the trainings of killed processes; returns their final states, and where they are shown.

        messages=False (the terminal): not those with a message in Discord, which only the Discord bot can edit.
        """
        try:
            await self._uploads.tidy()
            await self._runs.adopt()
            return await self._recovery.recover(self._session.id, messages=messages)
        except StoreError as error:  # the next start tries again
            _log.warning("%s", error)
            return []

    async def ended(self, run_id: str) -> tuple[TrainingState, Place] | None:
        """The final state of a training that is over, and where it is shown; None for any other."""
        try:
            return await self._recovery.ended(run_id)
        except StoreError as error:
            _log.warning("%s", error)
            return None

    async def close(self) -> None:
        """Interrupt the trainings that are not over; close the engine and all processes, but not the store.

        A second call does nothing.
        """
        if self._closed:
            return
        self._closed = True
        self._uploads.close()
        try:
            await self._trainings.close()
            await asyncio.gather(
                self._engine.close(), self._pictures.close(), self._search.close(), self._exercises.close()
            )
        finally:
            self._session.close()
