"""Settling, at start, what processes left that are no more."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from bot.classroom.learner import Learner, Place
from bot.classroom.result import curves_of
from bot.classroom.sessions import claim, others
from bot.classroom.training import TrainingState
from bot.store import RunRow, Store, StoreError
from bot.texts import texts
from trainer.config import Config
from trainer.errors import RunError
from trainer.language import language_of
from trainer.runs import find_run_by_id, remove_partial_runs

UNFINISHED = ("queued", "starting", "running", "evaluating")
_log = logging.getLogger(__name__)

Settled = list[tuple[TrainingState, Place]]


async def recover(home: Path, store: Store, own_session: str, *, messages: bool) -> Settled:
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
                if messages or not row.channel_id:
                    settled.append((await _settle(home, store, row), Place(row.channel_id, row.message_id)))
    await asyncio.to_thread(_clear_away, home, own_session)
    return settled


async def _settle(home: Path, store: Store, row: RunRow) -> TrainingState:
    language = language_of(row.language)
    owner = Learner(row.owner_id, row.owner_name, language, row.guild_id)
    state = TrainingState(row.id, owner, Config(**row.config))
    try:
        run = await asyncio.to_thread(find_run_by_id, home, row.id)
    except RunError:
        state = replace(state, status="interrupted", reason=texts()(language, "train.reason.broken_off"))
    else:
        curves = await asyncio.to_thread(curves_of, run, language)
        state = replace(state, status="finished", record=run.record, dataset=run.dataset, pictures=curves)
        row.dataset, row.test_accuracy = run.dataset, run.test_accuracy
    row.status, row.finished_at = state.status, datetime.now(UTC)
    try:
        await store.save_run(row)
    except StoreError as error:  # the message can be told all the same; the next start tries again
        _log.warning("%s", error)
    return state


def _clear_away(home: Path, own_session: str) -> None:
    """Lock files of the dead; half-written runs too, but only if nobody else may be writing one."""
    alive = False
    for session in others(home, own_session):
        with claim(home, session) as dead:
            alive |= not dead
    if not alive:
        remove_partial_runs(home)
