"""The connection to a scheduler: a remote one by its address, else the one of this machine."""

import asyncio
import ipaddress
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
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


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[tuple[Any, LocalWorkers | None]]:
    """An asynchronous distributed.Client, and the workers of this machine, None if they are on other machines.

    At the end the client is closed and this machine's workers are killed, within 4 s. Raises OSError or TimeoutError if
    the scheduler or the workers cannot be reached.
    """
    local = None if settings.dask_scheduler_address else LocalWorkers(settings)
    client = None
    try:
        importing = asyncio.create_task(asyncio.to_thread(_import_distributed, settings))
        address = await local.start() if local else settings.dask_scheduler_address
        distributed = await importing
        client = distributed.Client(
            address, asynchronous=True, timeout=CONNECT_S, set_as_default=False, name="keras-tutor"
        )
        await client
        yield client, local
    finally:
        # The client first: it would try to reconnect to a dead scheduler.
        if client is not None:
            with suppress(Exception):
                async with asyncio.timeout(CLOSE_S):
                    await client.close()
        if local is not None:
            await local.stop()


def check_address(address: str | None) -> None:
    """Raise SettingsError for an address that needs TLS (tls://): all but those of this machine (loopback).

    Dask has no other access control, and runs any code that is sent to it.
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
