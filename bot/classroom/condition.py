"""How the bot is: what `/status` shows and `/metrics` counts."""

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psutil

from bot.errors import StoreError
from bot.logs import LoggedError, last_error
from bot.store import Store
from bot.training import Engine, Load
from trainer.runs.folder import runs_folder

SIZES_S: Final = 60.0  # so long the size of the runs is remembered: counting 1000 folders takes 0.1 s and more


@dataclass(frozen=True)
class Condition:
    """All figures of one moment; bytes, seconds."""

    version: str
    uptime_s: float
    load: Load
    own_bytes: int  # memory of the bot's own process
    disk_free: int
    runs: int
    runs_bytes: int
    database_s: float | None  # how long it takes to answer; None: it does not
    discord_s: float | None  # the last heartbeat of the gateway; None without Discord, or before the first one
    last_error: LoggedError | None


class Observer:
    """Gathers the condition. `latency` gives that of the gateway; the Discord front end sets it."""

    def __init__(self, home: Path, store: Store, engine: Engine) -> None:
        self._home, self._store, self._engine = home, store, engine
        self._began = time.monotonic()
        self._sizes: tuple[float, int, int] | None = None  # when, runs, bytes
        self.latency: Callable[[], float | None] = lambda: None

    async def condition(self) -> Condition:
        """What is found now. Raises OSError for a disk that fails."""
        runs, size = await self._runs()
        return Condition(
            version=version("keras-tutor"),
            uptime_s=time.monotonic() - self._began,
            load=await self._engine.load(),
            own_bytes=psutil.Process().memory_info().rss,
            disk_free=shutil.disk_usage(self._home).free,
            runs=runs,
            runs_bytes=size,
            database_s=await self._database(),
            discord_s=self.latency(),
            last_error=last_error(),
        )

    def forget_sizes(self) -> None:
        """Count the runs anew next time."""
        self._sizes = None

    async def _runs(self) -> tuple[int, int]:
        if self._sizes is None or time.monotonic() - self._sizes[0] > SIZES_S:
            self._sizes = (time.monotonic(), *await asyncio.to_thread(_count, runs_folder(self._home)))
        return self._sizes[1:]

    async def _database(self) -> float | None:
        began = time.perf_counter()
        try:
            await self._store.fact("opened_at")
        except StoreError:
            return None
        return time.perf_counter() - began


def _count(folder: Path) -> tuple[int, int]:
    return sum(1 for _ in folder.glob("*/run.json")), size_of(folder)


def size_of(folder: Path) -> int:
    """The bytes of all files below a folder; what disappears meanwhile counts nothing."""
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return size


def age_of(moment: datetime) -> float:
    """Seconds since then."""
    return (datetime.now(UTC) - moment).total_seconds()
