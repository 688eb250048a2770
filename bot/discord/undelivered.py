"""Which trainings' messages do not show their final state yet: written down, so that the next start can deliver it."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Final

from bot.errors import StoreError
from bot.store import Store

_MOST: Final = 500  # of messages that can never be delivered nobody wants to hear for years
_log = logging.getLogger(__name__)


class Undelivered:
    """Run ids, oldest first, kept as one fact of the store. A store that fails costs only the memory of a crash."""

    def __init__(self, store: Store, key: Callable[[], str]) -> None:
        """key: of the fact, another one for every bot account; asked for when it is needed."""
        self._store, self._key = store, key
        self._runs: list[str] = []
        self._writing = asyncio.Lock()

    async def load(self) -> list[str]:
        """What earlier processes left."""
        try:
            left = json.loads(await self._store.fact(self._key()) or "[]")
        except (StoreError, ValueError) as error:
            _log.warning("undelivered messages are not known: %s", error)
            return []
        self._runs = [*left, *(run for run in self._runs if run not in left)]
        return left

    async def add(self, run_id: str) -> None:
        """A message begins to follow that training."""
        self._runs = [*self._runs[-_MOST:], run_id]
        await self._write()

    async def remove(self, run_id: str) -> None:
        """Its final state has arrived, or never will."""
        if run_id in self._runs:
            self._runs.remove(run_id)
            await self._write()

    async def _write(self) -> None:
        async with self._writing:
            try:
                await self._store.save_fact(self._key(), json.dumps(self._runs))
            except StoreError as error:
                _log.warning("undelivered messages are not written down: %s", error)
