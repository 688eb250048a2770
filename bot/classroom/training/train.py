"""Training a network in front of the class: from the wish to the saved run, and every way it can end."""

import asyncio
import errno
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.classroom.learner import Learner, Place
from bot.classroom.result import curves_of
from bot.classroom.training.describe import describe
from bot.classroom.training.following import Pace, after
from bot.classroom.training.state import Training, TrainingState, TrainOptions
from bot.classroom.wording import clipped, person
from bot.errors import ClassroomError, StoreError
from bot.store import RunRow, Store
from bot.texts import texts
from bot.training import Engine, Job, JobCancelled, JobEvent, JobFailed, Ticket, WorkerDied
from trainer.errors import DivergedError, TutorError
from trainer.events import EpochEnded
from trainer.language import LANGUAGES
from trainer.recipes import configure
from trainer.runs.folder import diverged_history, new_run_id, runs_folder, unpack_run, write_history
from trainer.settings import DatasetChoice

if TYPE_CHECKING:
    from bot.pictures.processes import Pictures

__all__ = ["Trainings", "describe"]

MAX_UNFINISHED: Final = 3  # trainings of one learner that are not over; the others get their turn too
CANCEL_WAIT_S: Final = 0.8  # a training that does not stop within this is given up: the learner is told within 1 s
CLOSING_WAIT_S: Final = 2.0
RETRIES_S: Final = (1.0, 5.0, 30.0, 120.0, 600.0)  # a database that was locked or full gets the row later
LONGEST_SUMMARY: Final = 200
_log = logging.getLogger(__name__)


@dataclass
class _UnderWay:
    training: Training
    row: RunRow
    ticket: Ticket | None = None
    task: asyncio.Task[None] | None = None
    pace: Pace = field(default_factory=Pace)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    saving: bool = False


class Trainings:
    """All trainings of this process that are not over."""

    def __init__(
        self, home: Path, dataset: DatasetChoice, store: Store, engine: Engine, session: str, pictures: "Pictures"
    ) -> None:
        self._home, self._session, self._pictures = home, session, pictures
        self._dataset: DatasetChoice = dataset
        self._store, self._engine = store, engine
        self._under_way: dict[str, _UnderWay] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    async def start(self, learner: Learner, options: TrainOptions, place: Place) -> Training:
        """Check the options, remember the place, put the job into the queue."""
        if self._closing:
            raise ClassroomError("closing")
        config = configure(
            recipe=options.recipe,
            dataset=self._dataset,
            epochs=options.epochs,
            batch_size=options.batch_size,
            learning_rate=options.learning_rate,
            augment=options.augment,
            seed=options.seed,
        )
        count = sum(one.training.state.owner.id == learner.id for one in self._under_way.values())
        if count >= MAX_UNFINISHED:
            raise ClassroomError("too_many_trainings", count=count)
        training = Training(TrainingState(new_run_id(), learner, config))
        under_way = _UnderWay(training, self._row(training.state, place))
        self._under_way[training.state.run_id] = under_way
        await self._save(under_way.row)  # before it is submitted: a bot that dies now still finds its message
        if not training.state.final:  # the classroom may have closed meanwhile
            try:
                self._submit(under_way)
            except BaseException:
                self._under_way.pop(training.state.run_id, None)
                under_way.row.status = "failed"
                await self._save(under_way.row)
                raise
        return training

    async def cancel(self, learner: Learner, run_id: str) -> None:
        """Stop the training: its owner may, and whoever may manage the server it runs in."""
        under_way = self._under_way.get(run_id)
        if under_way is None or under_way.saving or under_way.cancelled.is_set():
            raise ClassroomError("cancel_already_over")
        owner = under_way.training.state.owner
        teaches = learner.is_teacher and learner.guild_id is not None and learner.guild_id == owner.guild_id
        if learner.id != owner.id and not teaches:
            raise ClassroomError("cancel_not_yours", owner=person(owner.name, learner.language))
        under_way.cancelled.set()
        if under_way.ticket is not None:
            under_way.ticket.cancel()

    async def close(self, reason: str) -> None:
        """Interrupt everything that is not over, except what is just being saved and ends in time."""
        self._closing = True
        saving = [one.task for one in self._under_way.values() if one.saving and one.task is not None]
        interrupted = [one for one in self._under_way.values() if not one.saving]
        for under_way in interrupted:
            self._interrupt(under_way, reason)
        if saving:
            await asyncio.wait(saving, timeout=CLOSING_WAIT_S)
        # What could not be saved in time keeps its unfinished row: the next start settles it by its folder.
        for under_way in list(self._under_way.values()):
            self._interrupt(under_way, reason)
        for task in self._tasks:
            task.cancel()
        rows = (self._save(one.row) for one in interrupted)
        try:
            await asyncio.wait_for(asyncio.gather(*rows, *self._tasks, return_exceptions=True), CLOSING_WAIT_S)
        except TimeoutError:
            _log.warning("the database did not take the interrupted trainings in time")

    def _submit(self, under_way: _UnderWay) -> None:
        state = under_way.training.state

        def listen(event: JobEvent) -> None:
            under_way.training.update(after(under_way.training.state, event, under_way.pace))

        under_way.ticket = self._engine.submit(Job(state.run_id, state.config, LANGUAGES), listen)
        under_way.task = asyncio.create_task(self._follow(under_way, under_way.ticket), name=f"follow {state.run_id}")
        self._tasks.add(under_way.task)
        under_way.task.add_done_callback(self._tasks.discard)
        if under_way.cancelled.is_set():
            under_way.ticket.cancel()

    async def _follow(self, under_way: _UnderWay, ticket: Ticket) -> None:
        training, row = under_way.training, under_way.row
        try:
            ended = await self._end(under_way, ticket)
            # The ticket holds the packed run, and knows this training by its listener: in such a circle megabytes
            # would stay until Python looks for circles, which an idle bot hardly ever does.
            under_way.ticket = None
            del ticket
        except Exception:
            _log.exception("the training %s ended in a way that was not foreseen", training.state.run_id)
            ended = replace(training.state, status="failed", reason=_reason("unexpected", training.state))
        row.status, row.reason, row.dataset = ended.status, ended.reason, ended.dataset
        row.finished_at = datetime.now(UTC)
        saved = False
        if ended.status == "finished":  # who sees the result may ask for it at once: the row comes first
            row.test_accuracy = ended.record["metrics"]["test_accuracy"]
            saved = await self._save(row)
        self._under_way.pop(training.state.run_id, None)
        training.update(ended)
        saved = saved or await self._save(row)
        for wait_s in RETRIES_S:
            if saved:
                return
            await asyncio.sleep(wait_s)
            saved = await self._save(row)

    async def _end(self, under_way: _UnderWay, ticket: Ticket) -> TrainingState:
        """Wait for the job or for its cancellation: the final state."""
        result = asyncio.ensure_future(ticket.result())
        cancelled = asyncio.ensure_future(under_way.cancelled.wait())
        try:
            await asyncio.wait({result, cancelled}, return_when=asyncio.FIRST_COMPLETED)
            if under_way.cancelled.is_set():
                await asyncio.wait({result}, timeout=CANCEL_WAIT_S)
                return replace(under_way.training.state, status="cancelled")
            under_way.saving = not result.cancelled() and result.exception() is None
            return await self._ended(under_way.training.state, result)
        finally:
            cancelled.cancel()
            if not result.done():
                result.cancel()
            elif not result.cancelled():
                result.exception()  # looked at, so that nobody complains of an error that no longer matters

    async def _ended(self, state: TrainingState, result: "asyncio.Future[bytes]") -> TrainingState:
        if result.cancelled():  # nobody here cancelled it: the worker is gone
            return replace(state, status="failed", reason=_reason("worker_died", state))
        try:
            run = await asyncio.to_thread(unpack_run, result.result(), runs_folder(self._home) / state.run_id)
            curves = await curves_of(self._pictures, run, state.owner.language)
            return replace(state, status="finished", record=run.record, dataset=run.dataset, pictures=curves)
        except JobCancelled:
            return replace(state, status="cancelled")
        except DivergedError as error:
            _log.warning("the training %s failed: %s", state.run_id, error)
            await asyncio.to_thread(self._keep_history, state.run_id, error.history)
            # The events of the last epochs may still be on their way.
            return replace(state, status="failed", reason=_told(error, state), epochs=error.history)
        except (WorkerDied, JobFailed, TutorError, OSError) as error:
            _log.warning("the training %s failed: %s", state.run_id, error)
            return replace(state, status="failed", reason=_told(error, state))

    def _keep_history(self, run_id: str, history: tuple[EpochEnded, ...]) -> None:
        """So that the message can be told again after a restart, and the curve looked at."""
        try:
            write_history(diverged_history(self._home, run_id), history)
        except OSError as error:
            _log.warning("the epochs of the training %s could not be kept: %s", run_id, error)

    def _interrupt(self, under_way: _UnderWay, reason: str) -> None:
        state = under_way.training.state
        if under_way.cancelled.is_set():  # its owner was first
            ended = replace(state, status="cancelled")
        else:
            ended = replace(state, status="interrupted", reason=_reason(reason, state))
        under_way.training.update(ended)
        if not under_way.saving:
            under_way.row.status, under_way.row.reason = ended.status, ended.reason
            under_way.row.finished_at = datetime.now(UTC)
        if under_way.ticket is not None:
            under_way.ticket.cancel()
        self._under_way.pop(state.run_id, None)

    def _row(self, state: TrainingState, place: Place) -> RunRow:
        return RunRow(
            id=state.run_id,
            owner_id=state.owner.id,
            owner_name=state.owner.name,
            guild_id=state.owner.guild_id,
            language=state.owner.language,
            status=state.status,
            session=self._session,
            config=state.config.to_record(),
            created_at=datetime.now(UTC),
            channel_id=place.channel_id,
            message_id=place.message_id,
        )

    async def _save(self, row: RunRow) -> bool:
        """The class goes on without its database; the folder of the run is the truth."""
        try:
            await self._store.save_run(row)
        except StoreError as error:
            _log.warning("%s", error)
            return False
        return True


def _told(error: Exception, state: TrainingState) -> str:
    """Why the training failed, in its owner's language."""
    match error:
        case WorkerDied():
            return _reason("worker_died", state)
        case JobFailed():
            return _reason("job_failed", state, summary=clipped(str(error), LONGEST_SUMMARY))
        case TutorError():
            return error.sentence(state.owner.language)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT | errno.EFBIG):
            return _reason("disk_full", state)
        case OSError():
            return _reason("home_unwritable", state, problem=error.strerror or type(error).__name__)
        case _:
            return _reason("unexpected", state)


def _reason(key: str, state: TrainingState, **values: str) -> str:
    return texts()(state.owner.language, f"train.reason.{key}", **values)
