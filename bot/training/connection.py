"""The connection to a scheduler: a remote one by its address, else the one of this machine."""

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
    """An open connection; `local` is None if the workers are on other machines."""

    client: Any  # distributed.Client, asynchronous
    local: LocalWorkers | None

    async def lost(self) -> None:
        """Wait until this machine's workers are gone; never returns for remote ones, to which the client reconnects."""
        await (self.local.ended() if self.local else asyncio.Event().wait())


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Connection]:
    """Open a connection; at the end close it and kill the processes that were started, within 4 s.

    Raises OSError or TimeoutError if the scheduler or the workers cannot be reached.
    """
    local = None if settings.dask_scheduler_address else LocalWorkers(settings)
    client = None
    try:
        starting = local.start() if local else _returned(settings.dask_scheduler_address)
        distributed, address = await asyncio.gather(asyncio.to_thread(_import_distributed, settings), starting)
        client = distributed.Client(
            address, asynchronous=True, timeout=CONNECT_S, set_as_default=False, name="keras-tutor"
        )
        await client
        yield Connection(client, local)
    finally:
        # The client first: it would go on trying to reconnect to a dead scheduler.
        if client is not None:
            with suppress(Exception):
                async with asyncio.timeout(CLOSE_S):
                    await client.close()
        if local is not None:
            await local.stop()


def check_address(address: str | None) -> None:
    """Raise SettingsError for a scheduler without access control: Dask runs any code that it is sent.

    An address needs TLS (tls://) unless it is one of this machine's own (loopback).
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


async def _returned(address: str | None) -> str | None:
    return address


def _import_distributed(settings: Settings) -> Any:
    """Import Dask, which takes about a second; runs in a thread."""
    for name, value in dotenv_values(Path(".env")).items():  # e.g. the paths of the TLS certificates
        if name.upper().startswith("DASK_") and value:
            os.environ.setdefault(name, value)
    # While it is imported, Dask sets log levels of its own and adds handlers that print to standard error.
    level = max(logging.WARNING, logging.getLogger().level)
    import distributed
    from dask import config

    config.set({"temporary-directory": str(settings.tutor_home / "dask")})
    for name in _DASK_LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.handlers.clear()
        logger.propagate = True
    # It logs every error with a traceback before raising it.
    logging.getLogger("distributed.utils").setLevel(logging.CRITICAL)
    return distributed
