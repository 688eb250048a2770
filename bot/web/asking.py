"""Commands on the page: a typed line, a filled-in form, a pressed button; and the pictures of the answers."""

import hashlib
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from multidict import MultiDictProxy

from bot.classroom import Action, Answer
from bot.commands import BUTTONS, COMMANDS, Button, Command
from bot.line import Line, LineError, arguments, line_of, parse, question_of, typed_commands
from bot.web.article import Article
from bot.web.forms import Uploaded, filled_in
from bot.web.people import Visitor
from bot.web.problems import LIVE
from bot.web.render import article_html
from bot.web.room import ROOM, form_of

routes = web.RouteTableDef()


@routes.post("/line")
async def line(request: web.Request) -> web.StreamResponse:
    """Answer a line, typed as in the terminal."""
    visitor, form = await _counted(request)
    text = str(form.get("line", "")).strip()
    if not text:
        raise LineError("line_empty")
    parsed = _parsed(text)
    conversations = request.app[ROOM].conversations
    if parsed.name == "quit":
        raise LineError("quit_on_page")
    if parsed.name == "help":
        return _shown(
            request, visitor, await conversations.show(visitor, "help", text, Answer(typed_commands(visitor.language)))
        )
    command = COMMANDS[parsed.name]
    offered = any(option.offered for option in command.options)
    options = arguments(command, parsed, await conversations.predicted(visitor) if offered else (), _no_file)
    return await _answered(request, visitor, command, options, text)


def _parsed(text: str) -> Line:
    """The line as a command; without a slash it is a question."""
    try:
        return parse(text)
    except LineError as error:
        if error.key != "not_a_command":
            raise
        return question_of(text)


@routes.post("/commands/{name}")
async def form(request: web.Request) -> web.StreamResponse:
    """Answer a filled-in form."""
    visitor, given = await _counted(request)
    command = COMMANDS.get(request.match_info["name"])
    if command is None or not command.slash:
        raise web.HTTPNotFound
    options, asked = filled_in(command, given)
    return await _answered(request, visitor, command, options, asked)


@routes.post("/press")
async def press(request: web.Request) -> web.StreamResponse:
    """Do what the button below an article does."""
    visitor, given = await _counted(request)
    kind, _, target = str(given.get("press", "")).partition(":")
    article, action = await request.app[ROOM].conversations.offered(
        visitor, str(given.get("article", "")), kind, target
    )
    button = BUTTONS[action.kind]
    typed = _typed(button, given)
    options = button.options(target, typed)
    place = article if button.destination == "in_place" else None
    asked = _asked(action, typed)
    return await _answered(request, visitor, COMMANDS[button.command], options, asked, place)


@routes.get("/pictures/{article:\\d+}/{position:\\d+}/{name}")
async def picture(request: web.Request) -> web.StreamResponse:
    """A picture of the visitor's own conversation."""
    room = request.app[ROOM]
    visitor = await room.visitor(request)
    article, position = int(request.match_info["article"]), int(request.match_info["position"])
    found = await room.conversations.picture(visitor, article, position)
    if found is None or found.name != request.match_info["name"]:
        raise web.HTTPNotFound
    response = web.Response(body=found.data, content_type="image/png")
    response.etag = hashlib.sha256(found.data).hexdigest()
    response.headers["Cache-Control"] = "private, no-cache"
    if any(tag.value == response.etag.value for tag in request.if_none_match or ()):
        return web.Response(status=304, headers={"Cache-Control": "private, no-cache"})
    return response


def _typed(button: Button, given: MultiDictProxy[Any]) -> str | None:
    """What was filled in or marked in the fields of a question; None for a button without fields."""
    if not button.asks:
        return None
    if button.asks != "given" and COMMANDS[button.command].options[0].kind == "picture":
        raise LineError("picture_missing")
    return " ".join(str(one).strip() for one in given.getall("given", ()))


def _asked(action: Action, typed: str | None) -> str:
    """The pressed button as a line."""
    if typed is None:
        return line_of(action) or action.label
    return f"/{BUTTONS[action.kind].command} {typed}"


async def _counted(request: web.Request) -> tuple[Visitor, MultiDictProxy[Any]]:
    """Who asks, and the fields of the form. Raises ClassroomError: `not_let_in`, `too_fast`, `room_too_fast`."""
    room = request.app[ROOM]
    visitor = await room.visitor(request)
    room.limits.count(visitor.id)
    return visitor, await form_of(request)


async def _answered(
    request: web.Request,
    visitor: Visitor,
    command: Command,
    options: Mapping[str, Any],
    asked: str,
    place: Article | None = None,
) -> web.StreamResponse:
    article = await request.app[ROOM].conversations.answer(visitor, command, options, asked, place)
    return _shown(request, visitor, article)


def _shown(request: web.Request, visitor: Visitor, article: Article | None) -> web.StreamResponse:
    """The article for the script of the page, or the page itself with the article in view."""
    if LIVE in request.headers:
        if article is None:
            return web.Response(status=204)
        return web.Response(text=article_html(article, visitor.language), content_type="text/html")
    raise web.HTTPSeeOther(f"/#a{article.id}" if article else "/")


def _no_file(_name: str | None) -> Uploaded:
    raise LineError("picture_missing")
