"""The trainings of this process: start and cancel them, save their results, interrupt them when the bot stops."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.classroom.answer import Picture
from bot.classroom.learner import Learner, Place
from bot.classroom.limits import ClassLimits, check_unfinished, limited
from bot.classroom.owners import write_owner
from bot.classroom.result import plot_of
from bot.classroom.training.failure import reason, reason_of
from bot.classroom.training.state import TrainingState
from bot.classroom.training.training import Training, set_final_row
from bot.classroom.wording import person
from bot.errors import ClassroomError, StoreError
from bot.pictures.processes import Pictures
from bot.settings import Settings
from bot.store import RunRow, Store
from bot.training import Engine, JobCancelled, JobFailed, WorkerDied
from trainer.errors import DivergedError, TutorError
from trainer.events import EpochEnded
from trainer.language import Language
from trainer.recipes import configure
from trainer.runs.folder import Run, diverged_history, new_run_id, runs_folder, unpack_run, write_history

DRAW_WAIT_S: Final = 5.0  # then the result is shown without its picture
CLOSING_WAIT_S: Final = 2.0
END_S: Final = 10.0  # a worker stops between two batches
RETRIES_S: Final = (1.0, 5.0, 30.0, 120.0, 600.0)  # pauses between attempts to write a row to a failing database
_log = logging.getLogger(__name__)


class Trainings:
    """All trainings of this process that are not over, or whose row is not saved yet."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        engine: Engine,
        pictures: Pictures,
        limits: ClassLimits,
        session: str,
    ) -> None:
        """session: the id of this process, see `sessions`."""
        self._settings, self._store, self._engine, self._pictures = settings, store, engine, pictures
        self._limits = limits
        self._session = session
        self._trainings: dict[str, Training] = {}  # by run id
        self._closing = asyncio.Event()

    async def start(
        self, learner: Learner, place: Place, options: Mapping[str, Any], *, guess: float | None = None
    ) -> Training:
        """Check the options, write a row, submit the job; errors as for `Classroom.train`."""
        limits = await self._limits.for_training(learner)
        if self._closing.is_set():
            raise ClassroomError("closing")
        given = {name: value for name, value in options.items() if value is not None}
        config = configure(dataset=self._settings.tutor_dataset, **given)
        config = limited(limits, config, learner.language, epochs_given="epochs" in given)
        count = sum(training.state.owner.id == learner.id for training in self._unfinished())
        check_unfinished(limits, count, learner.language)
        state = TrainingState(new_run_id(), learner, config, guess=guess)
        training = self._trainings[state.run_id] = Training(state, _row(state, place, self._session))
        await self._save_row(training)  # before the job: if the bot is killed now, the next start finds the message
        if not training.state.final:  # the classroom may have closed meanwhile
            self._submit(training)
        return training

    async def cancel(self, learner: Learner, run_id: str) -> None:
        """Stop a training; allowed for its owner, and for teachers of the owner's server."""
        training = self._trainings.get(run_id)
        if training is None or training.state.final or training.saving or training.cancelled:
            raise ClassroomError("cancel_already_over")
        owner = training.state.owner
        teaches = learner.is_teacher and learner.guild_id is not None and learner.guild_id == owner.guild_id
        if learner.id != owner.id and not teaches:
            raise ClassroomError("cancel_not_yours", owner=person(owner.name, learner.language))
        training.cancelled = True
        if training.job is not None:
            training.job.cancel()

    async def end_of(self, learner: Learner) -> None:
        """Cancel a learner's trainings and wait until their rows are written."""
        own = [one for one in self._trainings.values() if one.state.owner.id == learner.id]
        for training in own:
            training.cancelled = True
            if training.job is not None:
                training.job.cancel()
        if tasks := [training.task for training in own if training.task]:
            await asyncio.wait(tasks, timeout=END_S)

    async def close(self) -> None:
        """Interrupt all trainings that are not over, except those whose run is saved within CLOSING_WAIT_S."""
        self._closing.set()
        saving = [training.task for training in self._unfinished() if training.saving and training.task]
        interrupted = [training for training in self._unfinished() if not training.saving]
        for training in interrupted:
            self._interrupt(training)
        if saving:
            await asyncio.wait(saving, timeout=CLOSING_WAIT_S)
        # A run that was not saved in time keeps its unfinished row: the next start looks for its folder.
        for training in self._unfinished():
            self._interrupt(training)
        tasks = [training.task for training in self._trainings.values() if training.task]
        for task in tasks:
            task.cancel()
        rows = (self._save_row(training) for training in interrupted)
        try:
            await asyncio.wait_for(asyncio.gather(*rows, *tasks, return_exceptions=True), CLOSING_WAIT_S)
        except TimeoutError:
            _log.warning("the interrupted trainings could not be written to the database in time")

    def _unfinished(self) -> list[Training]:
        return [training for training in self._trainings.values() if not training.state.final]

    def _submit(self, training: Training) -> None:
        state = training.state
        owner = state.owner
        group = owner.class_id or f"person {owner.id}"  # a direct message: nobody else's turn
        training.job = self._engine.submit(state.run_id, state.config, training.on_event, group=group, owner=owner.id)
        training.task = asyncio.create_task(self._finish(training), name=f"training {state.run_id}")
        training.task.add_done_callback(lambda _: self._trainings.pop(state.run_id, None))
        if training.cancelled:
            training.job.cancel()

    async def _finish(self, training: Training) -> None:
        """Wait for the job, and set and save the final state."""
        try:
            ended = await self._save_run(training)
        except Exception as error:
            ended = await self._ended_by(error, training)
        training.job = None
        if training.state.final:  # interrupted by `close`, which also saves the row
            return
        set_final_row(training.row, ended)
        # The row first: /accuracy and /predict look for it as soon as the result is shown.
        saved = ended.status == "finished" and await self._save_row(training)
        training.update(ended)
        for wait_s in (0.0, *RETRIES_S):
            if saved:
                return
            await asyncio.sleep(wait_s)
            saved = await self._save_row(training)

    async def _save_run(self, training: Training) -> TrainingState:
        """Wait for the job and save its run. Raises what `Job.result` and `unpack_run` do."""
        assert training.job is not None  # noqa: S101 it has just been submitted
        packed = await training.job.result()
        if training.cancelled:
            raise JobCancelled
        training.saving = True
        folder = runs_folder(self._settings.tutor_home) / training.state.run_id
        run = await asyncio.to_thread(unpack_run, packed, folder)
        await asyncio.to_thread(write_owner, folder, training.state.owner)
        curves = await self._curves(run, training.state.owner.language)
        return replace(training.state, status="finished", record=run.record, dataset=run.dataset, pictures=curves)

    async def _ended_by(self, error: Exception, training: Training) -> TrainingState:
        state = training.state
        if training.cancelled or isinstance(error, JobCancelled):
            return replace(state, status="cancelled")
        if isinstance(error, WorkerDied | JobFailed | TutorError | OSError):
            _log.warning("the training %s failed: %s", state.run_id, str(error) or type(error).__name__)
        else:
            _log.error("the training %s failed with an unforeseen error", state.run_id, exc_info=error)
        if isinstance(error, DivergedError):
            await asyncio.to_thread(self._keep_history, state.run_id, error.history)
            state = replace(state, epochs=error.history)  # the events of the last epochs may arrive later
        return replace(state, status="failed", reason=reason_of(error, state.owner.language))

    async def _curves(self, run: Run, language: Language) -> tuple[Picture, ...]:
        """The learning curves; none if they are not drawn within DRAW_WAIT_S, or before the classroom closes."""
        drawing = asyncio.ensure_future(plot_of(self._pictures, run, "curves", language))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait({drawing, closing}, timeout=DRAW_WAIT_S, return_when=asyncio.FIRST_COMPLETED)
            return drawing.result() if drawing.done() else ()
        except Exception:
            _log.exception("the learning curves of %s could not be drawn", run.id)
            return ()
        finally:
            drawing.cancel()
            closing.cancel()

    def _keep_history(self, run_id: str, history: tuple[EpochEnded, ...]) -> None:
        """Save the epochs of a training that diverged, for its message after a restart."""
        try:
            write_history(diverged_history(self._settings.tutor_home, run_id), history)
        except OSError as error:
            _log.warning("the epochs of the training %s could not be kept: %s", run_id, error)

    def _interrupt(self, training: Training) -> None:
        state = training.state
        if training.cancelled:
            ended = replace(state, status="cancelled")
        else:
            ended = replace(state, status="interrupted", reason=reason("stopped", state.owner.language))
        training.update(ended)
        if not training.saving:
            set_final_row(training.row, ended)
        if training.job is not None:
            training.job.cancel()

    async def _save_row(self, training: Training) -> bool:
        """Write the row; False if the database fails: the training goes on, and its result is in the run's folder."""
        try:
            await self._store.save_run(training.row)
        except StoreError as error:
            _log.warning("%s", error)
            return False
        return True


def _row(state: TrainingState, place: Place, session: str) -> RunRow:
    return RunRow(
        id=state.run_id,
        owner_id=state.owner.id,
        owner_name=state.owner.name,
        guild_id=state.owner.guild_id,
        language=state.owner.language,
        status=state.status,
        session=session,
        config=state.config.to_record(),
        created_at=datetime.now(UTC),
        channel_id=place.channel_id,
        message_id=place.message_id,
    )
