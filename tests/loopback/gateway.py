"""The gateway: one websocket for each connection of the bot, sessions that can be resumed."""

import asyncio
import json
import secrets
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 7, 9, 10, 11
GUILDS_INTENT = 1
ROUND_TRIP_S = 0.02


class Connection:
    """One websocket."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self._request = request
        self._zlib = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None

    async def send(self, op: int, data: Any = None, *, sequence: int | None = None, event: str | None = None) -> None:
        """One gateway event, compressed if the bot asked for it; lost without a word on a dead socket."""
        text = json.dumps({"op": op, "d": data, "s": sequence, "t": event})
        try:
            if self._zlib is None:
                await self.socket.send_str(text)
            else:
                packed = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(packed)
        except ConnectionError:
            pass

    def cut(self) -> None:
        """The network is gone: no closing handshake."""
        if self._request.transport is not None:
            self._request.transport.abort()


@dataclass
class Session:
    """What a bot can resume: everything that was dispatched to it."""

    id: str
    intents: int
    events: list[tuple[int, str, Any]] = field(default_factory=list)
    connection: Connection | None = None


class Gateway:
    """The websocket end of the server."""

    def __init__(self, token: str, ready: Callable[[], dict[str, Any]], guilds: Callable[[], list[Any]]) -> None:
        self._token = token
        self._ready = ready
        self._guilds = guilds
        self._sessions: dict[str, Session] = {}
        self._current: Session | None = None
        self._connections: set[Connection] = set()
        self.heartbeat_interval_s = 41.25
        self.acknowledges_heartbeats = True
        self.identified_at: list[float] = []  # time.monotonic() of every accepted IDENTIFY
        self.identify: dict[str, Any] = {}
        self.resumed_at: list[float] = []
        self.heartbeats_at: list[float] = []
        self.changed: Callable[[], None] = lambda: None

    @property
    def connected(self) -> bool:
        """A session is identified and its socket is open."""
        return self._current is not None and self._current.connection is not None

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection from HELLO to its end."""
        socket = web.WebSocketResponse(max_msg_size=4096)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self._connections.add(connection)
        await connection.send(HELLO, {"heartbeat_interval": int(self.heartbeat_interval_s * 1000)})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._receive(connection, json.loads(message.data))
        finally:
            self._connections.discard(connection)
            for session in self._sessions.values():
                if session.connection is connection:
                    session.connection = None
            self.changed()
        return socket

    async def dispatch(self, event: str, data: Any) -> bool:
        """Send an event to the current session; it waits there while the socket is down. False: there is no session."""
        session = self._current
        if session is None:
            return False
        sequence = len(session.events) + 1
        session.events.append((sequence, event, data))
        if session.connection is not None:
            await session.connection.send(DISPATCH, data, sequence=sequence, event=event)
        return True

    async def ask_to_reconnect(self) -> None:
        """Op 7: come again, and resume."""
        for connection in list(self._connections):
            await connection.send(RECONNECT)

    async def invalidate(self, *, resumable: bool) -> None:
        """Op 9: the session is over, unless it is `resumable`."""
        connections = list(self._connections)
        if not resumable:
            self.forget_sessions()
        for connection in connections:
            await connection.send(INVALID_SESSION, resumable)

    async def cut(self) -> None:
        """Cut every socket without a word."""
        for connection in list(self._connections):
            connection.cut()

    async def close(self, code: int) -> None:
        """Close every socket with that code."""
        for connection in list(self._connections):
            await connection.socket.close(code=code)

    def forget_sessions(self) -> None:
        """Nothing can be resumed any more."""
        self._sessions.clear()
        self._current = None

    async def _receive(self, connection: Connection, message: dict[str, Any]) -> None:
        match message["op"]:
            case 1:
                self.heartbeats_at.append(time.monotonic())
                if self.acknowledges_heartbeats:
                    await asyncio.sleep(ROUND_TRIP_S)  # discord.py notes when it sent only after it has sent
                    await connection.send(HEARTBEAT_ACK)
            case 2:
                await self._identify(connection, message["d"])
            case 6:
                await self._resume(connection, message["d"])
            case _:
                pass  # presence and the like
        self.changed()

    async def _identify(self, connection: Connection, data: dict[str, Any]) -> None:
        if data["token"] != self._token:
            await connection.socket.close(code=4004, message=b"Authentication failed.")
            return
        self.identified_at.append(time.monotonic())
        self.identify = data
        session = Session(secrets.token_hex(16), data.get("intents", 0), connection=connection)
        self._sessions[session.id] = session
        self._current = session
        await self.dispatch("READY", self._ready() | {"session_id": session.id})
        if session.intents & GUILDS_INTENT:
            for guild in self._guilds():
                await self.dispatch("GUILD_CREATE", guild)

    async def _resume(self, connection: Connection, data: dict[str, Any]) -> None:
        session = self._sessions.get(data["session_id"])
        if session is None or data["token"] != self._token:
            await asyncio.sleep(0)
            await connection.send(INVALID_SESSION, False)
            return
        session.connection = connection
        self._current = session
        for sequence, event, missed in session.events[data["seq"] or 0 :]:
            await connection.send(DISPATCH, missed, sequence=sequence, event=event)
        self.resumed_at.append(time.monotonic())
        await self.dispatch("RESUMED", {"_trace": []})
