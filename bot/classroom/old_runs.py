"""Runs older than TUTOR_OLD_RUNS_DAYS: offered to the teacher for deletion, never deleted alone."""

import asyncio
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bot.classroom.answer import Action, Answer
from bot.classroom.condition import size_of
from bot.classroom.learner import LOCAL, Learner
from bot.store import RunRow, Store
from bot.texts import texts
from trainer.runs.folder import RUN_ID, runs_folder

SURE: Final = "sure"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Old:
    """What is offered for deletion."""

    rows: Sequence[RunRow]
    days: int
    size: int  # bytes

    @property
    def count(self) -> int:
        """The number of runs."""
        return len(self.rows)

    @property
    def megabytes(self) -> str:
        """Their size for a sentence."""
        return f"{self.size / 10**6:.0f}"


class OldRuns:
    """Those of one home. In Discord a teacher has those of their own server, the terminal's learner has all."""

    def __init__(self, home: Path, store: Store, days: int) -> None:
        self._home, self._store, self._days = home, store, days

    async def find(self, teacher: Learner) -> Old | None:
        """None if there are none; StoreError."""
        before = datetime.now(UTC) - timedelta(days=self._days)
        if teacher.id == LOCAL:
            rows = await self._store.runs_before(before)
        elif teacher.guild_id is not None:
            rows = await self._store.runs_before(before, guild_id=teacher.guild_id)
        else:
            return None
        if not rows:
            return None
        return Old(rows, self._days, await asyncio.to_thread(self._size, rows))

    async def answer(self, teacher: Learner, delete: str) -> Answer:
        """Ask once more, or with SURE delete; StoreError."""
        say, language = texts(), teacher.language
        old = await self.find(teacher)
        if old is None:
            return Answer(say(language, "old_runs.none", days=self._days))
        if delete != SURE:
            sure = Action("oldruns", say(language, "old_runs.sure", count=old.count), target=SURE)
            text = say(language, "old_runs.ask", count=old.count, days=old.days, size=old.megabytes)
            return Answer(text, actions=(sure,), tone="warning")
        await self._store.remove_runs([row.id for row in old.rows])
        await asyncio.to_thread(self._remove, old.rows)
        _log.info("%s deleted %s runs older than %s days", teacher.id, old.count, old.days)
        return Answer(say(language, "old_runs.deleted", count=old.count, size=old.megabytes), tone="good")

    def _folders(self, rows: Sequence[RunRow]) -> list[Path]:
        return [runs_folder(self._home) / row.id for row in rows if RUN_ID.fullmatch(row.id)]

    def _size(self, rows: Sequence[RunRow]) -> int:
        return sum(size_of(folder) for folder in self._folders(rows))

    def _remove(self, rows: Sequence[RunRow]) -> None:
        """The record first: a folder without it is no run, and is not taken for one of `python -m trainer`."""
        for folder in self._folders(rows):
            try:
                (folder / "run.json").unlink(missing_ok=True)
                shutil.rmtree(folder, ignore_errors=True)
            except OSError as error:
                _log.warning("the run %s could not be deleted: %s", folder.name, error)
