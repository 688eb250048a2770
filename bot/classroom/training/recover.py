"""The final states of trainings whose bot process has ended."""

import asyncio
import logging
from dataclasses import fields, replace
from itertools import groupby
from pathlib import Path
from typing import Final, cast

from bot.classroom.learner import Learner, Place
from bot.classroom.result import plot_of
from bot.classroom.training.failure import reason
from bot.classroom.training.sessions import claim, other_sessions
from bot.classroom.training.state import UNFINISHED, Status, TrainingState
from bot.classroom.training.training import set_final_row
from bot.errors import StoreError
from bot.pictures.processes import Pictures
from bot.store import RunRow, Store
from trainer.config import Config
from trainer.errors import ConfigError, RunError
from trainer.events import EpochEnded
from trainer.language import language_of
from trainer.recipes import configure
from trainer.runs.folder import diverged_history, find_run_by_id, read_history, remove_partial_runs

_CONFIG_NAMES: Final = frozenset(field.name for field in fields(Config))
_log = logging.getLogger(__name__)


class Recovery:
    """Reads how a training ended from its row and its run folder."""

    def __init__(self, home: Path, store: Store, pictures: Pictures) -> None:
        self._home, self._store, self._pictures = home, store, pictures

    async def recover(self, own_session: str, *, messages: bool) -> list[tuple[TrainingState, Place]]:
        """Settle the unfinished trainings of ended processes: finished if the run was saved, else interrupted.

        messages=False leaves out those with a message, which only the Discord bot can edit.
        """
        settled: list[tuple[TrainingState, Place]] = []
        rows = sorted(await self._store.unfinished_runs(UNFINISHED), key=lambda row: (row.session, row.id))
        for session, left in groupby(rows, key=lambda row: row.session):
            if session == own_session:
                continue
            with claim(self._home, session) as has_ended:
                for row in left if has_ended else ():
                    if not messages and row.channel_id:
                        continue
                    try:
                        settled.append((await self._settle(row), Place(row.channel_id, row.message_id)))
                    except ConfigError as error:  # the row of another version
                        _log.warning("the training %s cannot be settled: %s", row.id, error)
        await asyncio.to_thread(_remove_leftovers, self._home, own_session)
        return settled

    async def ended(self, run_id: str) -> tuple[TrainingState, Place] | None:
        """The final state of a training that is over, from its row; None if it is not over or its run was removed."""
        row = await self._store.run(run_id)
        if row is None or row.status in UNFINISHED:
            return None
        state = await self._final_state(row, otherwise=row.status)
        if state.status == "finished" and not state.record:
            return None
        return state, Place(row.channel_id, row.message_id)

    async def _settle(self, row: RunRow) -> TrainingState:
        state = await self._final_state(row, otherwise="interrupted")
        set_final_row(row, state)
        try:
            await self._store.save_run(row)
        except StoreError as error:  # the message can be edited all the same; the next start writes the row
            _log.warning("%s", error)
        return state

    async def _final_state(self, row: RunRow, *, otherwise: str) -> TrainingState:
        """Finished if the run was saved, else with the status `otherwise`."""
        language = language_of(row.language)
        owner = Learner(row.owner_id, row.owner_name, language, row.guild_id)
        # Unknown options (of another version) are left out; missing ones get the recipe's own values.
        config = configure(**{name: value for name, value in row.config.items() if name in _CONFIG_NAMES})
        state = TrainingState(row.id, owner, config)
        try:
            run = await asyncio.to_thread(find_run_by_id, self._home, row.id)
        except RunError:
            why = row.reason or (reason("broken_off", language) if otherwise == "interrupted" else "")
            epochs = await asyncio.to_thread(_diverged_epochs, self._home, row.id)
            return replace(state, status=cast("Status", otherwise), dataset=row.dataset, reason=why, epochs=epochs)
        curves = await plot_of(self._pictures, run, "curves", language)
        return replace(state, status="finished", record=run.record, dataset=run.dataset, pictures=curves)


def _diverged_epochs(home: Path, run_id: str) -> tuple[EpochEnded, ...]:
    """The epochs of a training that diverged; empty for all others."""
    try:
        return tuple(read_history(diverged_history(home, run_id)))
    except (OSError, ValueError, KeyError):
        return ()


def _remove_leftovers(home: Path, own_session: str) -> None:
    """Remove the lock files of ended processes, and the runs that they did not finish writing."""
    for session in other_sessions(home, own_session):
        with claim(home, session):
            pass
    remove_partial_runs(home)
