"""Registering the commands with Discord, only when they changed: it allows a limited number of registrations a day."""

import asyncio
import hashlib
import json
import logging
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from bot.errors import ClassroomError, SettingsError, StoreError
from bot.settings import Settings
from bot.texts import texts

if TYPE_CHECKING:
    from bot.discord.client import TutorBot

RETRY_S: Final = (30.0, 120.0, 600.0, 3600.0)  # then every hour
_FAILURES = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
_log = logging.getLogger(__name__)


async def keep_in_sync(bot: "TutorBot") -> None:
    """Register the commands if they are not those of the last time; go on trying when that fails."""
    wanted = await fingerprint(bot)
    if await _last_time(bot) == wanted:
        return
    for wait_s in chain(RETRY_S, repeat(RETRY_S[-1])):
        try:
            synced = await bot.tree.sync()
        except _FAILURES as error:
            _log.error("%s", ClassroomError("sync_failed", problem=_one_line(error)))
            await asyncio.sleep(wait_s)
        else:
            _log.info("%s commands registered", len(synced))
            await _remember(bot, wanted)
            return


async def fingerprint(bot: "TutorBot") -> str:
    """sha256 of what would be registered."""
    translator = bot.tree.translator
    payload = [
        await command.get_translated_payload(bot.tree, translator) if translator else command.to_dict(bot.tree)
        for command in bot.tree.get_commands()
    ]
    return hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()


async def sync_commands(settings: Settings, *, guild: int | None = None, clear: bool = False) -> int:
    """`python -m bot sync`: register, or with `clear` remove, the commands now; returns the exit code.

    Raises SettingsError `token_wrong`, ClassroomError `sync_failed`.
    """
    from bot.discord.main import new_bot, open_class

    assert settings.discord_token is not None  # noqa: S101 checked by main
    bot = new_bot(settings)
    async with bot, open_class(bot, settings):
        try:
            await bot.login(settings.discord_token.get_secret_value())
            where = discord.Object(guild) if guild else None
            if clear:
                bot.tree.clear_commands(guild=where)
            elif where is not None:
                bot.tree.copy_global_to(guild=where)
            wanted = await fingerprint(bot)
            synced = await bot.tree.sync(guild=where)
        except discord.LoginFailure:
            raise SettingsError("token_wrong") from None
        except _FAILURES as error:
            raise ClassroomError("sync_failed", problem=_one_line(error)) from None
        if where is None:
            await _remember(bot, wanted)
    language = settings.tutor_lang
    print(texts()(language, "sync.cleared") if clear else texts()(language, "sync.done", count=len(synced)))
    return 0


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _key(bot: "TutorBot") -> str:
    return f"commands:{bot.application_id}"


async def _last_time(bot: "TutorBot") -> str | None:
    try:
        return await bot.store.fact(_key(bot))
    except StoreError as error:  # registering once too often does no harm
        _log.warning("%s", error)
        return None


async def _remember(bot: "TutorBot", wanted: str) -> None:
    try:
        await bot.store.save_fact(_key(bot), wanted)
    except StoreError as error:
        _log.warning("%s", error)
