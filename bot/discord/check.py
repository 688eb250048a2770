"""What Discord says of the bot: its token, its servers and permissions there, and the time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import discord
from discord.http import Route

from bot.discord.client import PERMISSIONS, SCOPES
from bot.discord.failures import NETWORK, explained
from bot.discord.proxied import new_connector
from bot.findings import Finding
from bot.settings import Settings

TIMEOUT_S: Final = 15.0
CLOCK_S: Final = 5.0  # one second is the resolution of the header, and an answer takes its time
_PAGE: Final = 200  # the most servers in one answer
_AGENT: Final = f"DiscordBot (https://github.com/Rapptz/discord.py {discord.__version__})"


async def discord_findings(settings: Settings) -> list[Finding]:
    """Ask Discord's REST interface; the gateway, where a running bot is connected, is left alone."""
    assert settings.discord_token is not None  # noqa: S101 checked by the caller
    headers = {"Authorization": f"Bot {settings.discord_token.get_secret_value()}", "User-Agent": _AGENT}
    limit = aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(
        connector=new_connector(settings), headers=headers, timeout=limit, raise_for_status=True
    ) as session:
        try:
            return [one async for one in _asked(session)]
        except aiohttp.ClientResponseError as error:
            if error.status == HTTPStatus.UNAUTHORIZED:
                return [Finding("wrong", "token_wrong")]
            return [Finding("wrong", "discord_silent", {"problem": f"HTTP status {error.status}"})]
        except NETWORK as error:
            problem = explained(error, "gateway_unreachable").sentence(settings.tutor_lang)
            return [Finding("wrong", "discord_silent", {"problem": problem})]


async def _asked(session: aiohttp.ClientSession) -> AsyncIterator[Finding]:
    async with session.get(f"{Route.BASE}/users/@me") as answer:
        bot, date = await answer.json(), answer.headers.get("Date", "")
    yield Finding("fine", "token", {"name": bot["username"]})
    yield Finding("fine", "intents")
    yield _clock(date)
    guilds = await _guilds(session)
    invitation = discord.utils.oauth_url(bot["id"], permissions=PERMISSIONS, scopes=SCOPES)
    if not guilds:
        yield Finding("note", "servers_none", {"invitation": invitation})
    for guild in guilds:
        yield _permissions(guild, invitation)


def _clock(date: str) -> Finding:
    try:
        ahead = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    except ValueError:  # no such header
        return Finding("note", "clock_unknown")
    return Finding("fine" if abs(ahead) < CLOCK_S else "wrong", "clock" if abs(ahead) < CLOCK_S else "clock_wrong",
                   {"seconds": f"{ahead:+.0f}"})  # fmt: skip


async def _guilds(session: aiohttp.ClientSession) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = "0"
    while True:
        async with session.get(f"{Route.BASE}/users/@me/guilds", params={"limit": _PAGE, "after": after}) as answer:
            page = await answer.json()
        found += page
        if len(page) < _PAGE:
            return found
        after = page[-1]["id"]


def _permissions(guild: dict[str, Any], invitation: str) -> Finding:
    """What the bot may not do in a server; a channel may still take more away, of which Discord tells only the bot."""
    own = discord.Permissions(int(guild["permissions"]))
    missing = [] if own.administrator else [name for name, wanted in PERMISSIONS if wanted and not getattr(own, name)]
    values = {"server": guild["name"], "missing": ", ".join(missing), "invitation": invitation}
    return Finding("wrong", "server_missing", values) if missing else Finding("fine", "server", values)
