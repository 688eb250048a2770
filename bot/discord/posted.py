"""The pictures of a message: attachments, what embeds show, and both in a forwarded message; not stickers.

An embed shows a picture from anywhere. It is fetched from Discord's own proxy or not at all: the address that a user
wrote, `image.url`, is never requested, because it could make the bot contact any machine that it can reach.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import discord
from discord.http import HTTPClient
from yarl import URL

from bot.discord.attachments import AttachedFile, may_be_picture, read_proxied

_PROXIES: Final = ("images-ext-1.discordapp.net", "images-ext-2.discordapp.net", "media.discordapp.net")
_LONGEST_NAME: Final = 60


@dataclass(frozen=True)
class Posted:
    """A picture in a message; `name` is empty for one in an embed, `read` raises what AttachedFile.read raises."""

    name: str
    read: Callable[[], Awaitable[bytes]]


def pictures_of(message: discord.Message, http: HTTPClient) -> list[Posted]:
    """All pictures of a message in the order in which it shows them, each once."""
    found: dict[str, Posted] = {}
    for part in (message, *message.message_snapshots):
        for attachment in filter(may_be_picture, part.attachments):
            found.setdefault(attachment.url, Posted(_shown(attachment.filename), AttachedFile(attachment).read))
        for address, source in _proxied(part.embeds):
            if source not in found:
                found.setdefault(address, Posted("", partial(read_proxied, http, address)))
    return list(found.values())


def _proxied(embeds: list[discord.Embed]) -> Iterator[tuple[str, str | None]]:
    """What the embeds show: the address at Discord's proxy, and the original one, which is only compared."""
    for embed in embeds:
        for media in (embed.image, embed.thumbnail):
            if media.proxy_url and _is_discords(media.proxy_url):
                yield media.proxy_url, media.url


def _is_discords(address: str) -> bool:
    """Whether it leads to one of Discord's media servers; `Asset.BASE` is where discord.py takes pictures from."""
    try:
        url = URL(address)
        servers = {URL(discord.Asset.BASE).origin(), *(URL(f"https://{host}") for host in _PROXIES)}
        return url.user is None and url.password is None and url.origin() in servers
    except (ValueError, TypeError):
        return False


def _shown(name: str) -> str:
    """A file name without characters that would change the sentence it is quoted in."""
    safe = "".join(" " if character in "`\\" or not character.isprintable() else character for character in name)
    safe = " ".join(safe.split())
    return safe if len(safe) <= _LONGEST_NAME else f"{safe[: _LONGEST_NAME - 9]}…{safe[-8:]}"
