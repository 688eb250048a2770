"""Settling, at start, what processes left that are no more."""

import asyncio
import logging
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from bot.classroom.learner import Learner, Place
from bot.classroom.result import curves_of
from bot.classroom.training.sessions import claim, others
from bot.classroom.training.state import Status, TrainingState
from bot.errors import StoreError
from bot.store import RunRow, Store
from bot.texts import texts
from trainer.config import Config
from trainer.errors import ConfigError, RunError
from trainer.events import EpochEnded
from trainer.language import language_of
from trainer.recipes import configure
from trainer.runs.folder import diverged_history, find_run_by_id, read_history, remove_partial_runs

if TYPE_CHECKING:
    from bot.pictures.processes import Pictures

_CONFIG_NAMES: Final = frozenset(one.name for one in fields(Config))
UNFINISHED: Final = ("queued", "starting", "running", "evaluating")
_log = logging.getLogger(__name__)

Settled = list[tuple[TrainingState, Place]]


async def recover(home: Path, store: Store, pictures: "Pictures", own_session: str, *, messages: bool) -> Settled:
    """Final states for the unfinished trainings of dead sessions: finished where the run is there, else interrupted.

    messages=False leaves those alone whose message only the Discord bot can edit.
    """
    settled: Settled = []
    rows = sorted(await store.unfinished_runs(UNFINISHED), key=lambda row: (row.session, row.id))
    for session, left in groupby(rows, key=lambda row: row.session):
        if session == own_session:
            continue
        with claim(home, session) as dead:
            for row in left if dead else ():
                if not messages and row.channel_id:
                    continue
                try:
                    settled.append((await _settle(home, store, pictures, row), Place(row.channel_id, row.message_id)))
                except ConfigError as error:  # of another version; one row must not keep the bot from starting
                    _log.warning("the training %s cannot be settled: %s", row.id, error)
    await asyncio.to_thread(_clear_away, home, own_session)
    return settled


async def ended(home: Path, store: Store, pictures: "Pictures", run_id: str) -> tuple[TrainingState, Place] | None:
    """The final state of a training that is over, as far as it was written down; None for any other."""
    row = await store.run(run_id)
    if row is None or row.status in UNFINISHED:
        return None
    state = await _final_state(home, pictures, row, otherwise=row.status)
    if state.status == "finished" and not state.record:
        return None  # somebody cleared its folder away: there is no result to show
    return state, Place(row.channel_id, row.message_id)


async def _settle(home: Path, store: Store, pictures: "Pictures", row: RunRow) -> TrainingState:
    state = await _final_state(home, pictures, row, otherwise="interrupted")
    if state.status == "finished":
        row.dataset, row.test_accuracy = state.dataset, state.record["metrics"]["test_accuracy"]
    row.status, row.reason, row.finished_at = state.status, state.reason, datetime.now(UTC)
    try:
        await store.save_run(row)
    except StoreError as error:  # the message can be told all the same; the next start tries again
        _log.warning("%s", error)
    return state


async def _final_state(home: Path, pictures: "Pictures", row: RunRow, *, otherwise: str) -> TrainingState:
    """Finished where the run is there, else as `otherwise` says."""
    language = language_of(row.language)
    owner = Learner(row.owner_id, row.owner_name, language, row.guild_id)
    # What this version's Config does not know is left out, what it has in addition is the recipe's own value.
    config = configure(**{name: value for name, value in row.config.items() if name in _CONFIG_NAMES})
    state = TrainingState(row.id, owner, config)
    try:
        run = await asyncio.to_thread(find_run_by_id, home, row.id)
    except RunError:
        told = row.reason or (texts()(language, "train.reason.broken_off") if otherwise == "interrupted" else "")
        epochs = await asyncio.to_thread(_kept_epochs, home, row.id)
        return replace(state, status=cast("Status", otherwise), dataset=row.dataset, reason=told, epochs=epochs)
    curves = await curves_of(pictures, run, language)
    return replace(state, status="finished", record=run.record, dataset=run.dataset, pictures=curves)


def _kept_epochs(home: Path, run_id: str) -> tuple[EpochEnded, ...]:
    """Those of a training that diverged."""
    try:
        return tuple(read_history(diverged_history(home, run_id)))
    except (OSError, ValueError, KeyError):
        return ()


def _clear_away(home: Path, own_session: str) -> None:
    """Lock files of the dead, and the runs that they had begun to write."""
    for session in others(home, own_session):
        with claim(home, session):
            pass
    remove_partial_runs(home)
