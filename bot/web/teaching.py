"""What only the teacher may do: see the board, cancel a training, remove a learner, draw another join code."""

from aiohttp import web

from bot.web.room import ROOM, form_of

routes = web.RouteTableDef()


@routes.get("/board")
async def board(request: web.Request) -> web.StreamResponse:
    """How to join, who is there, who trains."""
    room = request.app[ROOM]
    teacher = await room.teacher(request)
    if "lang" in request.query:
        raise web.HTTPSeeOther(f"/?lang={request.query['lang']}")
    html = await room.board.html(teacher, open_to_others=room.open_to_others)
    return web.Response(text=html, content_type="text/html")


@routes.post("/board/code")
async def new_code(request: web.Request) -> web.StreamResponse:
    """Draw another join code."""
    room = request.app[ROOM]
    await room.teacher(request)
    await room.people.renew_code()
    raise web.HTTPSeeOther("/board")


@routes.post("/board/cancel")
async def cancel(request: web.Request) -> web.StreamResponse:
    """Cancel the training of anybody."""
    room = request.app[ROOM]
    await room.teacher(request)
    run = str((await form_of(request)).get("run", ""))
    await room.conversations.cancel(run, await room.people.everybody())
    raise web.HTTPSeeOther("/board")


@routes.post("/board/remove")
async def remove(request: web.Request) -> web.StreamResponse:
    """Remove a learner: cancel their trainings, end their pages."""
    room = request.app[ROOM]
    teacher = await room.teacher(request)
    wanted = str((await form_of(request)).get("visitor", ""))
    for visitor in await room.people.everybody():
        if visitor.id == wanted and visitor.id != teacher.id:
            await room.conversations.cancel_all(visitor)
            await room.people.remove(visitor.id)
            room.streams.end(visitor.id)
    raise web.HTTPSeeOther("/board")
