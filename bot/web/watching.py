"""The stream of events of an open page."""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import web

from bot.web.people import Visitor
from bot.web.render import article_html, spoken
from bot.web.room import ROOM, Room
from bot.web.streams import Stream

PING_S: Final = 15.0
WRITE_S: Final = 30.0  # a stream that cannot be written for so long is closed
routes = web.RouteTableDef()


@routes.get("/events")
async def events(request: web.Request) -> web.StreamResponse:
    """Send what changes, beginning with what has changed since the page was loaded.

    `after`: the newest article on the page; `open`: those on it that were not over, separated by commas.
    """
    room = request.app[ROOM]
    visitor = await room.visitor(request)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    stream = room.streams.open(visitor.id)
    room.board.changed()
    try:
        await _catch_up(room, visitor, stream, request)
        await response.prepare(request)
        await response.write(b"retry: 2000\n\n")
        async for text in stream.chunks(PING_S):
            await asyncio.wait_for(response.write(text.encode()), WRITE_S)
        with suppress(ConnectionError):
            await response.write_eof()
    except (ConnectionError, TimeoutError):  # the page was closed, or nobody reads
        pass
    finally:
        room.streams.forget(visitor.id, stream)
        room.board.changed()
    return response


async def _catch_up(room: Room, visitor: Visitor, stream: Stream, request: web.Request) -> None:
    newest = request.query.get("after", "")
    after = int(newest) if newest.isdecimal() else 0
    unfinished = request.query.get("open", "").split(",")
    for article in await room.conversations.articles(visitor):
        if article.id > after or str(article.id) in unfinished:
            html, words = article_html(article, visitor.language), spoken(article, visitor.language)
            stream.put("article", str(article.id), id=f"a{article.id}", html=html, spoken=words)
