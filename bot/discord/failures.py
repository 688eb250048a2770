"""What can go wrong on the way to Discord without a fault of the program."""

from typing import Final

import aiohttp
import discord

NETWORK: Final = (aiohttp.ClientError, OSError)  # OSError includes TimeoutError
FAILURES: Final = (discord.DiscordException, *NETWORK)


def one_line(error: BaseException) -> str:
    """An error as one short line; only the status of an answer without a code of Discord, which may be an HTML page."""
    if isinstance(error, discord.HTTPException) and not error.code:
        return f"HTTP status {error.status}"
    return " ".join(str(error).split())[:200] or type(error).__name__
