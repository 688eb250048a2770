"""Trouble on order: the next calls of a route fail in the way that was asked for."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from aiohttp import web

NOBODY_GOT_IT = 499
FaultKind = Literal[429, 500, 502, 503, 504, 403, 404, "slow", "dropped", "answer lost", "page"]


@dataclass
class Fault:
    """What goes wrong with the next `times` calls of the routes that match."""

    route: str  # like "PATCH /channels/*/messages/*"
    kind: FaultKind
    times: int = 1
    seconds: float = 0.5  # retry_after of a 429, delay of a slow one
    when: Callable[[dict[str, Any]], bool] | None = None  # decides by the JSON body
    happened: int = 0

    def strikes(self, route: str, body: dict[str, Any]) -> bool:
        """Whether this call is meant."""
        if self.happened >= self.times or not fnmatchcase(route, self.route):
            return False
        return self.when is None or self.when(body)


class Faults:
    """The trouble that was ordered."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> Fault:
        """Add trouble; the record that comes back counts how often it struck."""
        self._ordered.append(fault)
        return fault

    def clear(self) -> None:
        """No more trouble."""
        self._ordered.clear()

    async def handle(
        self,
        request: web.Request,
        route: str,
        body: dict[str, Any],
        handle: Callable[[], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """The answer of `handle`, or the trouble in its place."""
        fault = next((fault for fault in self._ordered if fault.strikes(route, body)), None)
        if fault is None:
            return await handle()
        fault.happened += 1
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return await handle()
        if fault.kind in ("dropped", "answer lost"):
            if fault.kind == "answer lost":
                await handle()
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=NOBODY_GOT_IT)
        return _failure(fault)


def _failure(fault: Fault) -> web.Response:
    if fault.kind == "page":  # as Cloudflare answers before Discord is asked
        page = "<!DOCTYPE html><html><body><h1>Error 1015</h1>You are being rate limited</body></html>"
        return web.Response(text=page, status=429, content_type="text/html")
    if fault.kind == 429:
        body = {"message": "You are being rate limited.", "retry_after": fault.seconds, "global": False}
        headers = {
            "Content-Type": "application/json",
            "Via": "1.1 google",  # without it discord.py takes the answer for Cloudflare's
            "Retry-After": str(max(1, round(fault.seconds))),
            "X-RateLimit-Scope": "user",
        }
        return web.Response(body=json.dumps(body).encode(), status=429, headers=headers)
    if fault.kind in (403, 404):
        code, text = (50001, "Missing Access") if fault.kind == 403 else (10008, "Unknown Message")
        body = json.dumps({"message": text, "code": code}).encode()
        return web.Response(body=body, status=fault.kind, headers={"Content-Type": "application/json"})
    assert isinstance(fault.kind, int)
    return web.Response(text="upstream connect error", status=fault.kind)
