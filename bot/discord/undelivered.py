"""The trainings whose messages do not show their final state yet, stored so that the next start can deliver it."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Final

from bot.errors import StoreError
from bot.store import Store

_MOST: Final = 500  # upper bound, so that undeliverable entries do not pile up
_log = logging.getLogger(__name__)


class Undelivered:
    """Run ids, oldest first, kept as one fact of the store. Without the store they are forgotten in a crash."""

    def __init__(self, store: Store, key: Callable[[], str]) -> None:
        """key: returns the fact's key, which depends on the bot account and so is known after the login only."""
        self._store, self._key = store, key
        self._runs: list[str] = []
        self._writing = asyncio.Lock()

    async def load(self) -> list[str]:
        """The run ids that earlier processes left."""
        try:
            left = json.loads(await self._store.fact(self._key()) or "[]")
        except (StoreError, ValueError) as error:
            _log.warning("the undelivered messages cannot be read: %s", error)
            return []
        self._runs = [*left, *(run for run in self._runs if run not in left)]
        return left

    async def add(self, run_id: str) -> None:
        """A message now shows that training."""
        self._runs = [*self._runs[-_MOST:], run_id]
        await self._write()

    async def remove(self, run_id: str) -> None:
        """Its final state is delivered, or can never be."""
        if run_id in self._runs:
            self._runs.remove(run_id)
            await self._write()

    async def _write(self) -> None:
        async with self._writing:
            try:
                await self._store.save_fact(self._key(), json.dumps(self._runs))
            except StoreError as error:
                _log.warning("the undelivered messages cannot be stored: %s", error)
