"""What can go wrong on the way to Discord without a fault of the program."""

from typing import Final

import aiohttp
import discord

from bot.errors import ClassroomError
from trainer.errors import ProxyError, SettingsError, TutorError

NETWORK: Final = (aiohttp.ClientError, OSError)  # OSError includes TimeoutError
FAILURES: Final = (discord.DiscordException, *NETWORK)


class ProxyFailedError(aiohttp.ClientConnectionError):
    """No connection because of the proxy; `reason` has the sentence."""

    def __init__(self, reason: ProxyError) -> None:
        super().__init__(str(reason))
        self.reason = reason


def explained(error: Exception, key: str) -> TutorError:
    """The error with a sentence: that of the proxy, a SettingsError for its password; else ClassroomError `key`."""
    if not isinstance(error, ProxyFailedError):
        return ClassroomError(key, problem=one_line(error))
    reason = error.reason
    return SettingsError(reason.key, **reason.values) if reason.key == "proxy_password" else reason


def one_line(error: BaseException) -> str:
    """An error as one short line; only the status of an answer without a code of Discord, which may be an HTML page."""
    if isinstance(error, discord.HTTPException) and not error.code:
        return f"HTTP status {error.status}"
    return " ".join(str(error).split())[:200] or type(error).__name__
