"""All connections of discord.py, REST, gateway and media servers: directly or through a proxy."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyTimeoutError
from aiohttp_socks import ProxyError as RefusedError

from bot.discord.failures import ProxyFailedError
from bot.settings import Settings
from trainer.proxy import Proxy, failure, is_excepted

if TYPE_CHECKING:
    from aiohttp.connector import Connection

CONNECT_S: Final = 15.0  # through the proxy


def new_connector(settings: Settings) -> aiohttp.TCPConnector:
    """What discord.py opens its connections with."""
    proxy = settings.proxy
    return aiohttp.TCPConnector(limit=0) if proxy is None else _Connector(proxy, settings.no_proxy)


class _Connector(ProxyConnector):
    """Goes through the proxy but for the hosts in NO_PROXY; raises ProxyFailedError."""

    def __init__(self, proxy: Proxy, no_proxy: str) -> None:
        super().__init__(**proxy.arguments, limit=0)
        self._proxy, self._no_proxy = proxy, no_proxy
        self._direct = aiohttp.TCPConnector(limit=0)

    async def connect(self, req: aiohttp.ClientRequest, *args: Any, **kwargs: Any) -> "Connection":
        """A connection for the request."""
        host = req.url.host or ""
        if is_excepted(host, self._no_proxy):
            return await self._direct.connect(req, *args, **kwargs)
        try:
            async with asyncio.timeout(CONNECT_S):
                return await super().connect(req, *args, **kwargs)
        except (ProxyConnectionError, ProxyTimeoutError, RefusedError) as error:
            reason = error.__cause__ if isinstance(error.__cause__, Exception) else error
        except (OSError, EOFError) as error:
            reason = error
        raise ProxyFailedError(failure(self._proxy, host, reason)) from None

    async def close(self, *args: Any, **kwargs: Any) -> None:
        """Close all connections."""
        await self._direct.close()
        await super().close(*args, **kwargs)
