"""Registering the commands with Discord, only when they changed: it allows a limited number of registrations a day."""

import hashlib
import json
import logging
from typing import TYPE_CHECKING

import discord

from bot.settings import Settings, SettingsError
from bot.texts import ClassroomError, texts

if TYPE_CHECKING:
    from bot.client import TutorBot

_log = logging.getLogger(__name__)


async def sync_if_changed(bot: "TutorBot") -> None:
    """Register the commands if they are not those of the last time; a failure is tried again at the next start."""
    key = f"commands:{bot.application_id}"
    wanted = await fingerprint(bot)
    if await bot.store.fact(key) == wanted:
        return
    try:
        synced = await bot.tree.sync()
    except discord.DiscordException as error:
        _log.error("%s", ClassroomError("sync_failed", problem=error))
        return
    await bot.store.save_fact(key, wanted)
    _log.info("%s commands registered", len(synced))


async def fingerprint(bot: "TutorBot") -> str:
    """sha256 of what would be registered."""
    translator = bot.tree.translator
    payload = [
        await command.get_translated_payload(bot.tree, translator) if translator else command.to_dict(bot.tree)
        for command in bot.tree.get_commands()
    ]
    return hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()


async def sync_commands(settings: Settings, *, guild: int | None = None, clear: bool = False) -> int:
    """`python -m bot sync`: register, or with `clear` remove, the commands now; returns the exit code."""
    from bot.discord_main import open_bot

    async with open_bot(settings) as bot:
        assert settings.discord_token is not None  # noqa: S101 checked by main
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
        except (discord.HTTPException, OSError) as error:
            raise ClassroomError("sync_failed", problem=error) from None
        if where is None:
            await bot.store.save_fact(f"commands:{bot.application_id}", wanted)
    language = settings.tutor_lang
    print(texts()(language, "sync.cleared") if clear else texts()(language, "sync.done", count=len(synced)))
    return 0
