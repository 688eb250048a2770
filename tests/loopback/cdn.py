"""The picture server: what people uploaded, served truthfully or not."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

Behaviour = Literal["true", "missing", "endless", "cut off", "stuck", "elsewhere"]
_CHUNK = b"\x89PNG\r\n\x1a\n" + bytes(65528)
_ENDLESS_CHUNKS = 4096  # 256 MiB: enough to call it endless
_PAUSE_S = 0.001  # without it, large socket buffers take tens of MB that nobody has read


@dataclass(frozen=True)
class Upload:
    """A file that somebody attaches; `declared_bytes` and `behaviour` are for lies."""

    name: str
    data: bytes
    content_type: str = "image/png"
    declared_bytes: int | None = None
    behaviour: Behaviour = "true"
    width: int | None = None
    height: int | None = None
    elsewhere: str = ""  # where a request is sent on to


class Cdn:
    """Files by their path; `served_bytes` tells how much of a lying one was fetched."""

    def __init__(self) -> None:
        self.base = ""
        self._files: dict[str, Upload] = {}
        self.served_bytes: dict[str, int] = {}

    def put(self, attachment_id: str, channel_id: str, upload: Upload) -> dict[str, Any]:
        """Store the file: Discord's `attachment`."""
        path = f"/attachments/{channel_id}/{attachment_id}/{upload.name}"
        self._files[path] = upload
        attachment: dict[str, Any] = {
            "id": attachment_id,
            "filename": upload.name,
            "size": len(upload.data) if upload.declared_bytes is None else upload.declared_bytes,
            "url": f"{self.base}{path}?ex=1&is=1&hm=1",
            "proxy_url": f"{self.base}{path}?ex=1&is=1&hm=1",
            "content_type": upload.content_type,
        }
        width, height = _png_size(upload.data)
        if upload.width or width:
            attachment |= {"width": upload.width or width, "height": upload.height or height}
        return attachment

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET of a file."""
        upload = self._files.get(request.path)
        if upload is None or upload.behaviour == "missing":
            return web.Response(status=404, text="This content is no longer available.")
        if upload.behaviour == "elsewhere":
            return web.Response(status=302, headers={"Location": upload.elsewhere})
        if upload.behaviour == "true":
            self.served_bytes[upload.name] = len(upload.data)
            return web.Response(body=upload.data, content_type=upload.content_type)
        response = web.StreamResponse(headers={"Content-Type": upload.content_type})
        if upload.behaviour == "cut off":
            response.content_length = len(upload.data)
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):  # the bot has had enough
            await self._lie(upload, request, response)
        return response

    async def _lie(self, upload: Upload, request: web.Request, response: web.StreamResponse) -> None:
        self.served_bytes[upload.name] = 0
        if upload.behaviour == "endless":
            for _ in range(_ENDLESS_CHUNKS):
                await response.write(_CHUNK)
                self.served_bytes[upload.name] += len(_CHUNK)
                await asyncio.sleep(_PAUSE_S)
            return
        await response.write(upload.data[: len(upload.data) // 2])
        if upload.behaviour == "stuck":
            await asyncio.sleep(3600)
        if request.transport is not None:
            request.transport.abort()


def _png_size(data: bytes) -> tuple[int | None, int | None]:
    if len(data) < 24 or not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return None, None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
