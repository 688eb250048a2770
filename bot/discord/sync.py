"""`python -m bot sync`: register or remove the commands by hand."""

import discord

from bot.discord.failures import FAILURES, explained
from bot.discord.main import new_bot, open_class
from bot.discord.proxied import new_connector
from bot.discord.registration import fingerprint, remember
from bot.errors import SettingsError
from bot.settings import Settings
from bot.texts import texts


async def sync_commands(settings: Settings, *, guild: int | None = None, clear: bool = False) -> int:
    """Register, or with `clear` remove, the commands now; returns the exit code.

    Raises SettingsError `token_wrong`, ClassroomError `sync_failed`, or the error of a proxy.
    """
    assert settings.discord_token is not None  # noqa: S101 checked by main
    bot = new_bot(settings)
    async with bot, open_class(bot, settings):
        try:
            bot.http.connector = new_connector(settings)
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
        except FAILURES as error:
            raise explained(error, "sync_failed") from None
        if where is None:
            await remember(bot, wanted)
    language = settings.tutor_lang
    print(texts()(language, "sync.cleared") if clear else texts()(language, "sync.done", count=len(synced)))
    return 0
