"""Uploaded files: which may be pictures, and reading one without ever holding more than the limit."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

import aiohttp
import discord
from discord.http import HTTPClient

from bot.discord.failures import NETWORK
from bot.errors import ClassroomError
from trainer.limits import PICTURE_BYTES, PICTURE_ENDINGS

FETCH_S: Final = 30.0
_CHUNK_BYTES: Final = 1 << 16


@dataclass(frozen=True)
class AttachedFile:
    """An attachment that is not read yet."""

    attachment: discord.Attachment

    async def read(self) -> bytes:
        """Its bytes; ClassroomError `attachment_*` if it is too large, deleted, or does not arrive."""
        if self.attachment.size > PICTURE_BYTES:
            raise _too_large(self.attachment.size)
        return await _fetched(self.attachment.read())


def may_be_picture(attachment: discord.Attachment) -> bool:
    """By the declared type or the file name, or for want of both; the content is checked when it is read."""
    kind, name = attachment.content_type or "", attachment.filename.lower()
    return kind.startswith("image/") or name.endswith(PICTURE_ENDINGS) or not (kind or "." in name)


async def read_proxied(http: HTTPClient, address: str) -> bytes:
    """The bytes of a picture at Discord's proxy; raises what `AttachedFile.read` raises."""
    return await _fetched(http.get_from_cdn(address))


async def _fetched(reading: Awaitable[bytes]) -> bytes:
    try:
        return await reading
    except (discord.NotFound, discord.Forbidden):
        raise ClassroomError("attachment_gone") from None
    except (discord.HTTPException, *NETWORK):
        raise ClassroomError("attachment_slow") from None


class CappedReader:
    """Replaces the client's `get_from_cdn`, which reads a file of any size for any time.

    The size that an attachment declares is the uploader's claim: the limit holds while reading.
    """

    def __init__(self, http: HTTPClient) -> None:
        self._http = http

    async def __call__(self, url: str) -> bytes:
        """The file at `url`; redirects are not followed, because Discord's media servers send none.

        Raises ClassroomError over the limit, TimeoutError after FETCH_S.
        """
        session: aiohttp.ClientSession = self._http._HTTPClient__session  # type: ignore[attr-defined] # noqa: SLF001
        limit = aiohttp.ClientTimeout(total=FETCH_S)
        async with session.get(url, timeout=limit, allow_redirects=False) as answer:
            match answer.status:
                case 200:
                    return await _read_capped(answer)
                case 403:
                    raise discord.Forbidden(answer, "cannot retrieve asset")
                case 404:
                    raise discord.NotFound(answer, "asset not found")
                case _:
                    raise discord.HTTPException(answer, "failed to get asset")


async def _read_capped(answer: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
        content += chunk
        if len(content) > PICTURE_BYTES:
            raise _too_large(max(len(content), answer.content_length or 0))
    return bytes(content)


def _too_large(size: int) -> ClassroomError:
    # Rounded up: "has 10.0 MiB, at most 10 are allowed" looks like a mistake.
    megabytes = -(-size * 10 // 2**20) / 10
    return ClassroomError("attachment_too_large", size=f"{megabytes:.1f}", most=PICTURE_BYTES // 2**20)
