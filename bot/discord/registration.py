"""Registering the commands when they have changed: Discord allows a limited number of registrations a day."""

import asyncio
import hashlib
import json
import logging
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

from bot.discord.failures import FAILURES, explained
from bot.errors import StoreError

if TYPE_CHECKING:
    from bot.discord.client import TutorBot

RETRY_S: Final = (30.0, 120.0, 600.0, 3600.0)  # then every hour
_log = logging.getLogger(__name__)


async def keep_in_sync(bot: "TutorBot") -> None:
    """Register the commands if they differ from those of the last registration; retry until it succeeds."""
    wanted = await fingerprint(bot)
    if await _registered(bot) == wanted:
        return
    for wait_s in chain(RETRY_S, repeat(RETRY_S[-1])):
        try:
            synced = await bot.tree.sync()
        except FAILURES as error:
            _log.error("%s", explained(error, "sync_failed"))
            await asyncio.sleep(wait_s)
        else:
            _log.info("%s commands registered", len(synced))
            await remember(bot, wanted)
            return


async def fingerprint(bot: "TutorBot") -> str:
    """sha256 of what would be registered."""
    translator = bot.tree.translator
    payload = [
        await command.get_translated_payload(bot.tree, translator) if translator else command.to_dict(bot.tree)
        for command in bot.tree.get_commands()
    ]
    return hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()


def _key(bot: "TutorBot") -> str:
    return f"commands:{bot.application_id}"


async def _registered(bot: "TutorBot") -> str | None:
    try:
        return await bot.store.fact(_key(bot))
    except StoreError as error:  # registering once too often does no harm
        _log.warning("%s", error)
        return None


async def remember(bot: "TutorBot", wanted: str) -> None:
    """Store the fingerprint of what is registered now."""
    try:
        await bot.store.save_fact(_key(bot), wanted)
    except StoreError as error:
        _log.warning("%s", error)
