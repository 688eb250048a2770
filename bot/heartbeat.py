"""A file whose age tells whether the bot's event loop still turns; the container's health check looks at it."""

import asyncio
import logging
from pathlib import Path
from typing import Final

EVERY_S: Final = 15.0
_log = logging.getLogger(__name__)


def heartbeat_file(home: Path) -> Path:
    """Where it lies, see the HEALTHCHECK in bot/Dockerfile."""
    return home / "heartbeat"


async def beat(home: Path) -> None:
    """Touch the file until this is cancelled, then remove it."""
    file = heartbeat_file(home)
    try:
        while True:
            try:
                file.touch()
            except OSError as error:  # e.g. a full disk
                _log.warning("the heartbeat could not be written: %s", error)
            await asyncio.sleep(EVERY_S)
    finally:
        file.unlink(missing_ok=True)
