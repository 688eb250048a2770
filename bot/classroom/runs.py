"""Choosing a finished run: learners can use their own runs everywhere, those of others only in the same server."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from bot.classroom.learner import LOCAL, Learner
from bot.classroom.owners import owner_of
from bot.classroom.wording import clipped, epochs_text, fraction, person
from bot.errors import ClassroomError, StoreError
from bot.store import RunRow, Store
from bot.texts import texts
from trainer.errors import RunError
from trainer.language import Language
from trainer.runs.folder import RUN_ID, Run, find_run_by_id, open_run, runs_folder

MOST_CHOICES: Final = 25  # Discord's limit
LONGEST_LABEL: Final = 100  # Discord's limit
MOST_SEARCHED: Final = 200  # the newest rows, in which autocomplete searches
_log = logging.getLogger(__name__)


class RunChoice(NamedTuple):
    """A suggestion of autocomplete."""

    run_id: str
    label: str  # at most 100 characters


@dataclass(frozen=True)
class ChosenRun:
    """A finished run and its owner."""

    run: Run
    owner_name: str | None  # None for the learner's own run

    def said(self, language: Language) -> str:
        """The run's id, and its owner if it is not the learner's own."""
        run_id = self.run.path.name
        if self.owner_name is None:
            return texts()(language, "classroom.run", run=run_id)
        return texts()(language, "classroom.run_of", run=run_id, owner=person(self.owner_name, language))


class Runs:
    """The finished runs below one TUTOR_HOME."""

    def __init__(self, home: Path, store: Store) -> None:
        self._home, self._store = home, store
        self._with_row: set[str] = set()  # ids of runs that the store knows

    async def choose(self, learner: Learner, name: str | None, *, command: str) -> ChosenRun | None:
        """The run with that id; without a name the learner's newest, else the newest of their server, else None.

        Raises ClassroomError for a name: `run_unknown_here` (also for a run of another server),
        `run_without_result`, `run_lost`. `command` is named in the sentence.
        """
        if learner.id == LOCAL:
            await self.adopt()
        if name is not None and name.strip():
            return await self._named(learner, name.strip(), command)
        return await self._newest(learner, owner_id=learner.id) or await self._newest(
            learner, guild_id=learner.guild_id
        )

    async def answered(self, learner: Learner, run_id: str) -> ChosenRun:
        """The run of an answer whose button was pressed; ClassroomError `run_lost`.

        Everybody who sees the answer may press the button, also people who cannot choose the run.
        """
        row = await self._store.run(run_id)
        try:
            run = await asyncio.to_thread(find_run_by_id, self._home, run_id)
        except RunError:
            raise ClassroomError("run_lost", run=run_id) from None
        return ChosenRun(run, None if row is None or row.owner_id == learner.id else row.owner_name)

    async def newest_own(self, learner: Learner) -> Run | None:
        """The learner's newest finished run."""
        if learner.id == LOCAL:
            await self.adopt()
        chosen = await self._newest(learner, owner_id=learner.id)
        return chosen.run if chosen else None

    async def own(self, learner: Learner) -> Sequence[RunRow]:
        """The rows of the learner's finished runs, newest first."""
        return await self._store.finished_runs(owner_id=learner.id)

    async def like(self, learner: Learner, typed: str) -> list[RunChoice]:
        """At most 25 runs that the learner can use and whose label or id contains every word typed, newest first."""
        try:
            if learner.id == LOCAL:
                await self.adopt()
            rows = await self._store.finished_runs(owner_id=learner.id, guild_id=learner.guild_id, limit=MOST_SEARCHED)
        except StoreError as error:
            _log.warning("%s", error)
            return []
        words = typed.casefold().split()
        return await asyncio.to_thread(self._matching, rows, words, learner.language)

    async def adopt(self) -> None:
        """Add rows for the runs that `python -m trainer` saved, and for those that a new database does not know."""
        try:
            names = await asyncio.to_thread(self._names)
            self._with_row |= await self._store.known_runs(names - self._with_row)
            for run in await asyncio.to_thread(self._readable, names - self._with_row):
                await self._store.save_run(_row_of(run))
                self._with_row.add(run.path.name)
        except StoreError as error:  # e.g. a locked database: runs that have a row can still be chosen
            _log.warning("%s", error)

    def _names(self) -> set[str]:
        folders = (path.parent.name for path in runs_folder(self._home).glob("*/run.json"))
        return {name for name in folders if RUN_ID.fullmatch(name)}

    def _readable(self, names: set[str]) -> list[Run]:
        runs: list[Run] = []
        for name in sorted(names):
            try:
                runs.append(open_run(runs_folder(self._home) / name))
            except RunError as error:
                _log.warning("%s", error)
        return runs

    async def _named(self, learner: Learner, name: str, command: str) -> ChosenRun:
        row = await self._store.run(name) if RUN_ID.fullmatch(name) else None
        if row is None or not _visible(row, learner):
            raise ClassroomError("run_unknown_here", run=clipped(name, 50), command=command)
        try:
            return await self._open(row, learner)
        except RunError:
            if row.status == "finished":
                raise ClassroomError("run_lost", run=name) from None
            status = texts()(learner.language, f"classroom.status.{row.status}")
            raise ClassroomError("run_without_result", run=name, status=status, command=command) from None

    async def _newest(
        self, learner: Learner, *, owner_id: str | None = None, guild_id: str | None = None
    ) -> ChosenRun | None:
        for row in await self._store.finished_runs(owner_id=owner_id, guild_id=guild_id):
            try:
                return await self._open(row, learner)
            except RunError as error:  # e.g. its folder was deleted: take the one before it
                _log.warning("%s", error)
        return None

    async def _open(self, row: RunRow, learner: Learner) -> ChosenRun:
        run = await asyncio.to_thread(find_run_by_id, self._home, row.id)
        return ChosenRun(run, None if row.owner_id == learner.id else row.owner_name)

    def _matching(self, rows: Iterable[RunRow], words: Sequence[str], language: Language) -> list[RunChoice]:
        choices: list[RunChoice] = []
        for row in rows:
            choice = RunChoice(row.id, _label(row, language))
            text = f"{choice.label} {row.id}".casefold()
            if all(word in text for word in words) and (runs_folder(self._home) / row.id / "run.json").is_file():
                choices.append(choice)
            if len(choices) == MOST_CHOICES:
                break
        return choices


def _visible(row: RunRow, learner: Learner) -> bool:
    return row.owner_id == learner.id or (learner.guild_id is not None and row.guild_id == learner.guild_id)


def _label(row: RunRow, language: Language) -> str:
    """`0.8812 · tutorial · 10 epochs · 2026-11-24 10:15 · Mei`, times in UTC."""
    finished = row.finished_at or row.created_at
    parts = [
        fraction(row.test_accuracy or 0.0),
        str(row.config.get("recipe", "")),
        epochs_text(int(row.config.get("epochs", 0)), language),
        f"{finished:%Y-%m-%d %H:%M}",
    ]
    if row.dataset == "practice":
        parts.append(texts()(language, "classroom.dataset.practice"))
    return clipped(" · ".join([*parts, clipped(row.owner_name, 32)]), LONGEST_LABEL)


def _row_of(run: Run) -> RunRow:
    owner = owner_of(run.path)
    created = datetime.fromisoformat(str(run.record["created"])).astimezone(UTC)
    return RunRow(
        id=run.path.name,
        owner_id=owner.id,
        owner_name=owner.name,
        language=owner.language,
        guild_id=owner.guild_id,
        status="finished",
        session="",
        config=run.record["config"],
        created_at=created,
        finished_at=created,
        dataset=run.dataset,
        test_accuracy=run.test_accuracy,
    )
