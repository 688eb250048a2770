"""A proxy on 127.0.0.1 in a thread of its own, HTTP (CONNECT only, also by TLS) or SOCKS5, with or without password."""

import asyncio
import base64
import socket
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Literal, Self

from tests.loopback.tls import tls_of_server

ProxyKind = Literal["http", "https", "socks5"]
_SOCKS, _PASSWORD, _CONNECT, _NAME = 5, 2, 1, 3


class LoopbackProxy:
    """Start it with `with`. Names are those in `hosts`, no other; `targets` are the HOST:PORT that were asked for."""

    def __init__(self, kind: ProxyKind, *, user: str = "", password: str = "", silent: bool = False) -> None:
        self.kind: ProxyKind = kind
        self.hosts: dict[str, int] = {}  # name to port on this machine
        self.targets: list[str] = []
        self.refused = 0  # for a wrong password
        self.port = 0
        self._user, self._password, self._silent = user, password, silent
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def url(self) -> str:
        """Its address without a password."""
        return f"{self.kind}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _start(self) -> None:
        tls = tls_of_server() if self.kind == "https" else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                if self._silent:
                    await asyncio.sleep(3600)
                await (self._socks(reader, writer) if self.kind == "socks5" else self._http(reader, writer))
        finally:
            writer.close()

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split("\r\n", 1)[0].split(" ")
        given = next((line for line in head.split("\r\n") if line.lower().startswith("proxy-authorization:")), "")
        wanted = base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
        if self._user and given.split(" ")[-1] != wanted:
            self.refused += 1
            writer.write(b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n')
        elif method != "CONNECT":
            writer.write(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
        elif (port := self._port_of(target)) is None:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        else:
            await self._tunnel(reader, writer, port, b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        method = _PASSWORD if self._user else 0
        if method not in methods:
            self.refused += 1
            writer.write(bytes([_SOCKS, 0xFF]))
            return
        writer.write(bytes([_SOCKS, method]))
        if self._user:
            _, length = await reader.readexactly(2)
            user = await reader.readexactly(length)
            password = await reader.readexactly((await reader.readexactly(1))[0])
            right = (user.decode(), password.decode()) == (self._user, self._password)
            writer.write(bytes([1, 0 if right else 1]))
            if not right:
                self.refused += 1
                return
        _, command, _, kind = await reader.readexactly(4)
        assert command == _CONNECT
        if kind == _NAME:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = socket.inet_ntop(socket.AF_INET, await reader.readexactly(4))
        port = int.from_bytes(await reader.readexactly(2))
        to = self._port_of(f"{host}:{port}")
        if to is None:
            writer.write(bytes([_SOCKS, 4, 0, 1]) + bytes(6))  # host unreachable
        else:
            await self._tunnel(reader, writer, to, bytes([_SOCKS, 0, 0, 1]) + bytes(6))

    def _port_of(self, target: str) -> int | None:
        self.targets.append(target)
        host, _, port = target.rpartition(":")
        return int(port) if host == "127.0.0.1" else self.hosts.get(host)

    async def _tunnel(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, opened: bytes
    ) -> None:
        there, to = await asyncio.open_connection("127.0.0.1", port)
        writer.write(opened)
        try:
            await asyncio.gather(_copy(reader, to), _copy(there, writer))
        finally:
            to.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
