"""What the network saw of the pictures that were answered last, for the buttons below the answers.

Buttons outlive the process, so it lies on disk: not the upload, but its copy of at most 256 pixels a side. Nothing is
kept longer than a day, or beyond 64 MiB in all (at least 250 pictures).
"""

import asyncio
import io
import logging
import re
import secrets
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bot.errors import ClassroomError
from trainer.photo.seen import Seen
from trainer.runs.folder import RUN_ID

KEPT_S: Final = 24 * 3600.0
MOST_BYTES: Final = 64 * 2**20
UPLOAD_ID: Final = re.compile(r"[0-9a-f]{16}")
_SOON_S: Final = 60.0  # a clock that jumps must not keep the timer busy
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Upload:
    """A picture that was answered, and the run that answered."""

    seen: Seen
    run_id: str


class Uploads:
    """The kept pictures of one home."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "uploads"
        self._timer: asyncio.TimerHandle | None = None
        self._tidying: asyncio.Task[None] | None = None

    async def keep(self, seen: Seen, run_id: str) -> str | None:
        """Keep what was seen; its new id, or None if it cannot be written (the answer then has no buttons)."""
        upload_id = secrets.token_hex(8)
        try:
            await asyncio.to_thread(self._write, f"{upload_id}.{run_id}.npz", seen)
        except OSError as error:
            _log.warning("what the network saw could not be kept: %s", error)
            return None
        await self.tidy()
        return upload_id

    async def load(self, upload_id: str) -> Upload:
        """A kept picture; ClassroomError `picture_gone` when there is none (any more)."""
        return await asyncio.to_thread(self._read, upload_id)

    async def tidy(self) -> None:
        """Remove what is too old, and the oldest of what is too much; from then on again whenever it is time."""
        next_s = await asyncio.to_thread(self._remove)
        self.close()
        if next_s is not None:
            self._timer = asyncio.get_running_loop().call_later(max(next_s, _SOON_S), self._tidy_again)

    def close(self) -> None:
        """Stop the clock."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tidy_again(self) -> None:
        self._tidying = asyncio.get_running_loop().create_task(self.tidy())

    def _write(self, name: str, seen: Seen) -> None:
        content = io.BytesIO()
        mask = np.zeros((0, 0), np.uint8) if seen.mask is None else seen.mask
        steps = np.array(seen.operations, dtype=np.str_)
        np.savez(content, pixels=seen.pixels, original=seen.original, mask=mask, steps=steps, others=seen.others)
        partial = self._folder / f".{name}.partial"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            partial.write_bytes(content.getvalue())
            partial.replace(self._folder / name)
        except OSError:
            partial.unlink(missing_ok=True)
            raise

    def _read(self, upload_id: str) -> Upload:
        found = [*self._folder.glob(f"{upload_id}.*.npz")] if UPLOAD_ID.fullmatch(upload_id) else []
        try:
            run_id = found[0].name.split(".")[1]
            if not RUN_ID.fullmatch(run_id) or _age_s(found[0]) > KEPT_S:
                raise ClassroomError("picture_gone")
            with np.load(found[0], allow_pickle=False) as file:
                mask = file["mask"] if file["mask"].size else None
                steps = tuple(str(step) for step in file["steps"])
                return Upload(Seen(file["pixels"], file["original"], mask, steps, file["others"]), run_id)
        except (IndexError, OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            raise ClassroomError("picture_gone") from None

    def _remove(self) -> float | None:
        """Remove what has to go; seconds until the oldest of the rest is too old, None if nothing is left."""
        kept: list[tuple[float, int, Path]] = []
        for path in (*self._folder.glob("*.npz"), *self._folder.glob(".*.partial")):
            try:
                kept.append((_age_s(path), path.stat().st_size, path))
            except OSError:  # another process was quicker
                continue
        kept.sort(key=lambda one: one[0])
        room, oldest_s = MOST_BYTES, None
        for age_s, size, path in kept:
            room -= size
            if age_s > KEPT_S or room < 0:
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    _log.warning("a kept picture could not be removed: %s", error)
            else:
                oldest_s = age_s
        return None if oldest_s is None else KEPT_S - oldest_s


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime
