"""A service on 127.0.0.1 that answers as a test says."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

KEY = "sk-very-secret-key-1234"
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


def said(text: object, **choice: object) -> web.Response:
    """An answer of the service with this text."""
    return web.json_response({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, **choice}]})


class Service:
    """`answer` is what it does; `asked` are the requests it got."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.waiting, self.go_on = asyncio.Event(), asyncio.Event()
        self.answer: Answering = self.slowly
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        self.asked.append(json.loads(await request.text()))
        self.keys.append(request.headers.get("Authorization"))
        return await self.answer(request)

    def says(self, response: Callable[[], web.StreamResponse]) -> None:
        """Answer every request with this."""

        async def answer(_request: web.Request) -> web.StreamResponse:
            return response()

        self.answer = answer

    async def slowly(self, _request: web.Request) -> web.StreamResponse:
        """Answer only when the test goes on."""
        self.waiting.set()
        await self.go_on.wait()
        return said("Late.")


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    one = Service()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", one.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        one.url = str(server.make_url("/v1"))
        yield one
        one.go_on.set()
