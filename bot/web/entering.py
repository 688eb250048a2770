"""Coming in: the teacher by a key in the address, learners by the join code and a name."""

import asyncio
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from bot.errors import ClassroomError
from bot.web.render import page
from bot.web.room import COOKIE, ROOM, form_of, language_for, wanted_language
from trainer.errors import TutorError
from trainer.language import LANGUAGES, language_of

COOKIE_S: Final = 180 * 24 * 3600
PAUSE_S: Final = 1.0  # after a wrong key or join code
routes = web.RouteTableDef()


@routes.get("/")
async def classroom(request: web.Request) -> web.StreamResponse:
    """The page of a visitor. `key` lets the teacher in, `lang` changes the language."""
    room = request.app[ROOM]
    if (key := request.query.get("key")) is not None:
        may_guess(request)
        try:
            cookie = await room.people.teach(key, wanted_language(request))
        except ClassroomError:
            await count_wrong(request)
            raise
        room.board.changed()
        return _let_in(cookie)
    visitor = await room.visitor(request)
    if (language := request.query.get("lang")) is not None:
        if language in LANGUAGES:
            await room.people.speak(visitor, language_of(language))
        raise web.HTTPSeeOther("/")
    return web.Response(text=await room.html(visitor), content_type="text/html")


@routes.get("/join")
async def join_form(request: web.Request) -> web.StreamResponse:
    """The form for the name; whoever is in already goes to their page."""
    try:
        await request.app[ROOM].visitor(request)
    except TutorError:
        code = request.query.get("code", "")
        return _form(request, code=code)
    raise web.HTTPSeeOther("/")


@routes.post("/join")
async def join(request: web.Request) -> web.StreamResponse:
    """Let a learner in."""
    form = await form_of(request)
    code, name = str(form.get("code", "")), str(form.get("name", ""))
    may_guess(request)
    room = request.app[ROOM]
    try:
        cookie = await room.people.join(code, name, wanted_language(request))
    except ClassroomError as error:
        if error.key == "code_wrong":
            await count_wrong(request)
        status = 403 if error.key == "code_wrong" else 400
        sentence = error.sentence(await language_for(request))
        return _form(request, code=code, name=name, sentence=sentence, status=status)
    room.board.changed()
    return _let_in(cookie)


def _form(
    request: web.Request, *, code: str, name: str = "", sentence: str = "", status: int = 200
) -> web.StreamResponse:
    language, query = wanted_language(request), f"{urlencode({'code': code})}&" if code else ""
    html = page("join.html", language, path="/join", query=query, code=code, name=name, sentence=sentence)
    return web.Response(text=html, status=status, content_type="text/html")


def _let_in(cookie: str) -> web.StreamResponse:
    response = web.Response(status=303, headers={"Location": "/"})
    response.set_cookie(COOKIE, cookie, max_age=COOKIE_S, httponly=True, samesite="Lax", path="/")
    return response


def may_guess(request: web.Request) -> None:
    """Raise ClassroomError `guessed_often` if this address has sent too many wrong keys or codes."""
    if not request.app[ROOM].limits.may_guess(request.remote or ""):
        raise ClassroomError("guessed_often")


async def count_wrong(request: web.Request) -> None:
    """Count a wrong key or code, and take a second for the answer."""
    request.app[ROOM].limits.count_wrong(request.remote or "")
    await asyncio.sleep(PAUSE_S)
