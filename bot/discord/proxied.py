"""Connections to Discord through a proxy."""

import asyncio
from ssl import SSLContext
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from bot.settings import Settings
from trainer.errors import ProxyError
from trainer.proxy import is_excepted

CONNECT_S: Final = 15.0  # through the proxy


class ProxyFailedError(aiohttp.ClientConnectionError):
    """A request failed because of the proxy; `reason` has the sentence."""

    def __init__(self, reason: ProxyError) -> None:
        super().__init__(str(reason))
        self.reason = reason


def new_connector(settings: Settings) -> aiohttp.TCPConnector:
    """For all of discord.py's connections: REST, gateway, media servers; through the proxy if one is set."""
    return aiohttp.TCPConnector(limit=0) if settings.proxy is None else _proxied(settings)


def _proxied(settings: Settings) -> aiohttp.TCPConnector:
    # Imported here, because a bot without a proxy does not need it.
    from aiohttp_socks import ProxyConnector
    from python_socks import ProxyError as RefusedError

    from trainer.proxy import failure

    proxy = settings.proxy
    assert proxy is not None  # noqa: S101 checked above

    def direct(host: str) -> bool:
        return is_excepted(host, settings.no_proxy)

    class Connector(ProxyConnector):
        async def _wrap_create_connection(
            self, *args: Any, req: aiohttp.ClientRequest, **kwargs: Any
        ) -> tuple[asyncio.Transport, ResponseHandler]:
            through = aiohttp.TCPConnector if direct(req.url.raw_host or "") else super()
            return await through._wrap_create_connection(self, *args, req=req, **kwargs)

        async def _connect_via_proxy(
            self, host: str, port: int, ssl: SSLContext | None = None, timeout: float | None = None
        ) -> tuple[asyncio.Transport, ResponseHandler]:
            ...
