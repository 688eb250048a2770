"""The way to a scheduler: a remote one by its address, else the one of this machine. After that all is the same."""

import asyncio
import ipaddress
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.errors import SettingsError
from bot.settings import Settings
from bot.training.local import LocalWorkers

CONNECT_S: Final = 10.0
CLOSE_S: Final = 1.0
_DASK_LOGGERS: Final = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application")


@dataclass(frozen=True)
class Connection:
    """An open connection; `local` is None when the workers are on other machines."""

    client: Any  # distributed.Client, asynchronous
    local: LocalWorkers | None

    async def lost(self) -> None:
        """Wait until this machine's workers are gone; for ever with remote ones, whose client tries again itself."""
        await (self.local.ended() if self.local else asyncio.Event().wait())


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Connection]:
    """Open a connection, and at the end close it and kill the processes that were started, within 3 s.

    Raises OSError or TimeoutError when the scheduler or the workers cannot be reached.
    """
    local = None if settings.dask_scheduler_address else LocalWorkers(settings)
    client = None
    try:
        starting = local.start() if local else _at_once(settings.dask_scheduler_address)
        distributed, address = await asyncio.gather(asyncio.to_thread(_import_distributed, settings), starting)
        client = distributed.Client(
            address, asynchronous=True, timeout=CONNECT_S, set_as_default=False, name="keras-tutor"
        )
        await client
        yield Connection(client, local)
    finally:
        # First the client: it would try for long to get a dead scheduler back.
        if client is not None:
            with suppress(Exception):
                async with asyncio.timeout(CLOSE_S):
                    await client.close()
        if local is not None:
            await local.stop()


def check_address(address: str | None) -> None:
    """SettingsError for a scheduler that anybody could use: Dask runs whatever code it is sent.

    Without TLS only this machine's own addresses will do.
    """
    if not address:
        return
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    host = parts.hostname or ""
    try:
        own = ipaddress.ip_address(host).is_loopback
    except ValueError:
        own = host == "localhost"
    if not (parts.scheme == "tls" or (parts.scheme == "tcp" and own)):
        raise SettingsError("scheduler_address_open", address=address)


async def _at_once(address: str | None) -> str | None:
    return address


def _import_distributed(settings: Settings) -> Any:
    """Import Dask; takes about a second, so in a thread."""
    for name, value in dotenv_values(Path(".env")).items():  # e.g. where the TLS certificates are
        if name.upper().startswith("DASK_") and value:
            os.environ.setdefault(name, value)
    # Dask sets levels of its own while it is imported, and prints to standard error where no handler is yet.
    level = max(logging.WARNING, logging.getLogger().level)
    import distributed
    from dask import config

    config.set({"temporary-directory": str(settings.tutor_home / "dask")})
    for name in _DASK_LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.handlers.clear()
        logger.propagate = True
    # It logs every error that passes by, with a traceback, and raises it all the same.
    logging.getLogger("distributed.utils").setLevel(logging.CRITICAL)
    return distributed
