"""The kept uploads, for the buttons below answers of /predict: for a day, and at most 64 MiB in all.

They are on disk, because buttons can be pressed after a restart. A picture process writes and reads the files: not the
upload itself, but a copy of at most 256 pixels a side; 64 MiB hold at least 250.
"""

import asyncio
import logging
import re
import time
from pathlib import Path
from typing import Final, NamedTuple

from bot.errors import ClassroomError
from bot.pictures.processes import uploads_folder
from trainer.runs.folder import RUN_ID

KEPT_S: Final = 24 * 3600.0
MOST_BYTES: Final = 64 * 2**20
UPLOAD_ID: Final = re.compile(r"[0-9a-f]{16}")
_TIDY_AFTER_S: Final = 60.0  # at least; the clock may jump
_log = logging.getLogger(__name__)


class Upload(NamedTuple):
    """A kept picture, and the run that answered."""

    file: Path
    run_id: str


class Uploads:
    """The kept uploads below one TUTOR_HOME."""

    def __init__(self, home: Path) -> None:
        self._folder = uploads_folder(home)
        self._timer: asyncio.TimerHandle | None = None
        self._tidying: asyncio.Task[None] | None = None

    async def find(self, upload_id: str) -> Upload:
        """A kept picture; ClassroomError `picture_gone` if it is unknown or too old."""
        return await asyncio.to_thread(self._find, upload_id)

    async def tidy(self) -> None:
        """Remove uploads that are too old, then the oldest until the rest fits; set a timer for the next one."""
        next_s = await asyncio.to_thread(self._remove)
        self.close()
        if next_s is not None:
            self._timer = asyncio.get_running_loop().call_later(max(next_s, _TIDY_AFTER_S), self._tidy_later)

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tidy_later(self) -> None:
        self._tidying = asyncio.create_task(self.tidy())  # asyncio itself holds no reference to a task

    def _find(self, upload_id: str) -> Upload:
        found = [*self._folder.glob(f"{upload_id}.*.npz")] if UPLOAD_ID.fullmatch(upload_id) else []
        try:
            run_id = found[0].name.split(".")[1]
            if RUN_ID.fullmatch(run_id) and _age_s(found[0]) <= KEPT_S:
                return Upload(found[0], run_id)
        except (IndexError, OSError):
            pass
        raise ClassroomError("picture_gone")

    def _remove(self) -> float | None:
        """Remove files; returns the seconds until the oldest of the rest is too old, None if there is no rest."""
        kept: list[tuple[float, int, Path]] = []
        for path in (*self._folder.glob("*.npz"), *self._folder.glob(".*.partial*")):
            try:
                kept.append((_age_s(path), path.stat().st_size, path))
            except OSError:  # another process has removed it
                continue
        kept.sort(key=lambda one: one[0])
        room, oldest_s = MOST_BYTES, None
        for age_s, size, path in kept:
            room -= size
            if age_s > KEPT_S or room < 0:
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    _log.warning("a kept upload could not be removed: %s", error)
            else:
                oldest_s = age_s
        return None if oldest_s is None else KEPT_S - oldest_s


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime
