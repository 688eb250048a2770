"""The REST API: the routes that a bot of this kind uses, with Discord's own rules and refusals."""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.loopback.answers import Answers
from tests.loopback.command_limits import command_problems
from tests.loopback.limits import message_problems
from tests.loopback.messages import new_message
from tests.loopback.problems import RefusedError, answer_json
from tests.loopback.world import Request, World

PREFIX = "/api/v10"
CALLBACK = "POST /interactions/{interaction_id}/{token}/callback"
EDIT_CHANNEL = "PATCH /channels/{channel_id}"
EDIT_MESSAGE = "PATCH /channels/{channel_id}/messages/{message_id}"
SEND_MESSAGE = "POST /channels/{channel_id}/messages"
EDIT_ORIGINAL = "PATCH /webhooks/{application_id}/{token}/messages/@original"
EDIT_FOLLOWUP = "PATCH /webhooks/{application_id}/{token}/messages/{message_id}"
FOLLOWUP = "POST /webhooks/{application_id}/{token}"
PUT_COMMANDS = "PUT /applications/{application_id}/commands"
PUT_GUILD_COMMANDS = "PUT /applications/{application_id}/guilds/{guild_id}/commands"

# Refusals that can happen to a bot that does nothing wrong.
HAPPENS = (0, 10003, 10008, 50001, 50013, 50027, 50083, 160005)

Handler = Callable[[web.Request, Request], Awaitable[web.StreamResponse]]


class Rest:
    """The handlers; `changed` is called after every request."""

    def __init__(self, world: World, changed: Callable[[], None]) -> None:
        self._world = world
        self._changed = changed
        answers = Answers(world)
        self._routes: dict[str, Handler] = {
            "GET /users/@me": self._me,
            "GET /users/@me/guilds": self._my_guilds,
            "GET /oauth2/applications/@me": self._application,
            "GET /applications/@me": self._application,
            "GET /gateway/bot": self._gateway,
            "GET /applications/{application_id}/commands": self._get_commands,
            PUT_COMMANDS: self._put_commands,
            "GET /applications/{application_id}/guilds/{guild_id}/commands": self._get_commands,
            PUT_GUILD_COMMANDS: self._put_commands,
            "GET /channels/{channel_id}": self._get_channel,
            EDIT_CHANNEL: self._edit_channel,
            SEND_MESSAGE: self._send_message,
            "GET /channels/{channel_id}/messages/{message_id}": self._get_message,
            EDIT_MESSAGE: self._edit_message,
            "DELETE /channels/{channel_id}/messages/{message_id}": self._delete_message,
            CALLBACK: answers.callback,
            FOLLOWUP: answers.followup,
            "GET /webhooks/{application_id}/{token}/messages/@original": answers.get_original,
            EDIT_ORIGINAL: answers.edit_original,
            "DELETE /webhooks/{application_id}/{token}/messages/@original": answers.delete_original,
            "GET /webhooks/{application_id}/{token}/messages/{message_id}": answers.get_followup,
            EDIT_FOLLOWUP: answers.edit_followup,
            "DELETE /webhooks/{application_id}/{token}/messages/{message_id}": answers.delete_followup,
        }

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register every route; what is not among them is a violation."""
        for route, handler in self._routes.items():
            method, path = route.split(" ")
            router.add_route(method, PREFIX + path, self._served(route, handler))
        router.add_route("*", PREFIX + "/{rest:.*}", self._served("* unknown", self._unknown))

    def _served(self, route: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            body, files = await _read(request)
            record = Request(time.monotonic(), route, request.path.removeprefix(PREFIX), body, files)
            self._world.requests.append(record)

            async def handle() -> web.StreamResponse:
                return await self._handle(request, record, handler)

            try:
                decided_by = body if isinstance(body, dict) else {}
                response = await self._world.faults.handle(request, route, decided_by, handle)
                record.status = response.status
            finally:
                self._changed()
            return response

        return serve

    async def _handle(self, request: web.Request, record: Request, handler: Handler) -> web.StreamResponse:
        world = self._world
        try:
            if not record.path.startswith(("/webhooks/", "/interactions/")):
                _authorise(request, world.token)
            self._check(request, record)
            response = await handler(request, record)
        except RefusedError as refused:
            if refused.code not in HAPPENS:
                world.complain(record.route, [str(refused)])
            return refused.response()
        if world.api is not None and isinstance(response, web.Response) and response.body:
            answer = json.loads(bytes(response.body))  # pyright: ignore[reportArgumentType]
            if wrong := world.api.answer_problem(request.method, record.path, response.status, answer):
                world.complain(record.route, [f"the loopback server's own answer: {wrong}"])
        return response

    def _check(self, request: web.Request, record: Request) -> None:
        world, body = self._world, record.body
        if world.api is not None and (wrong := world.api.request_problem(request.method, record.path, body)):
            world.complain(record.route, [f"API description: {wrong}"])
        part = body.get("data") or {} if record.route == CALLBACK and isinstance(body, dict) else body
        if isinstance(part, dict):
            world.complain(record.route, message_problems(part, record.files))
        elif isinstance(part, list):
            world.complain(record.route, command_problems(part))

    async def _unknown(self, request: web.Request, record: Request) -> web.Response:
        self._world.complain(f"{request.method} {record.path}", ["the loopback server does not know this route"])
        return answer_json({"message": "404: Not Found", "code": 0}, 404)

    async def _me(self, _: web.Request, __: Request) -> web.Response:
        return answer_json(self._world.bot)

    async def _my_guilds(self, _: web.Request, __: Request) -> web.Response:
        world = self._world
        return answer_json(
            [
                {
                    "id": guild.id, "name": guild.name, "icon": None, "banner": None, "owner": False,
                    "permissions": str(guild.bot_permissions), "features": [],
                }
                for guild in world.guilds.values()
            ]
        )  # fmt: skip

    async def _application(self, _: web.Request, __: Request) -> web.Response:
        return answer_json(self._world.application)

    async def _gateway(self, _: web.Request, __: Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
        return answer_json({"url": self._world.gateway_url, "shards": 1, "session_start_limit": limit})

    async def _get_commands(self, request: web.Request, _: Request) -> web.Response:
        return answer_json(self._world.commands.get(request.match_info.get("guild_id", ""), []))

    async def _put_commands(self, request: web.Request, record: Request) -> web.Response:
        world, guild_id = self._world, request.match_info.get("guild_id", "")
        if guild_id and guild_id not in world.guilds:
            raise RefusedError(50001)
        old = {(one["name"], one["type"]): one["id"] for one in world.commands.get(guild_id, [])}
        world.commands[guild_id] = [self._command(sent, guild_id, old) for sent in record.body]
        return answer_json(world.commands[guild_id])

    def _command(self, sent: dict[str, Any], guild_id: str, old: dict[Any, str]) -> dict[str, Any]:
        kind = sent.get("type", 1)
        command = {
            "id": old.get((sent["name"], kind)) or self._world.clock.snowflake(),
            "application_id": self._world.bot_id,
            "version": self._world.clock.snowflake(),
            "type": kind,
            "description": "",
            "default_member_permissions": None,
            "nsfw": False,
        }
        if guild_id:
            command["guild_id"] = guild_id
        command |= {key: value for key, value in sent.items() if value is not None and key != "id"}
        if (permissions := command["default_member_permissions"]) is not None:
            command["default_member_permissions"] = str(permissions)
        return command

    async def _get_channel(self, request: web.Request, _: Request) -> web.Response:
        return answer_json(self._world.channel(request.match_info["channel_id"]).as_channel())

    async def _edit_channel(self, request: web.Request, record: Request) -> web.Response:
        """Threads alone: opened again by whoever may write there, unless they are locked."""
        channel = self._world.channel(request.match_info["channel_id"])
        if channel.parent is None or record.body != {"archived": False}:
            self._world.complain(record.route, ["the loopback server only opens archived threads again"])
        if channel.locked or not channel.bot_may_send:
            raise RefusedError(50013)
        channel.archived = False
        return answer_json(channel.as_channel())

    async def _send_message(self, request: web.Request, record: Request) -> web.Response:
        world = self._world
        message = new_message(world.clock, world.channel(request.match_info["channel_id"]), world.bot)
        world.writer.write(message, record.body, record.files_by_form, "channel")
        world.messages[message.id] = message
        return answer_json(message.data)

    async def _get_message(self, request: web.Request, _: Request) -> web.Response:
        return answer_json(self._world.message(**request.match_info).data)

    async def _edit_message(self, request: web.Request, record: Request) -> web.Response:
        world = self._world
        message = world.message(**request.match_info)
        if message.data["author"]["id"] != world.bot_id:
            raise RefusedError(50005)
        message.check_editable(record.files_by_form)
        if message.loading and world.awaits_original(message):
            # Only the edit of the original response is documented to end "is thinking".
            world.complain(record.route, ["a deferred answer is filled through its interaction first"])
        world.writer.write(message, record.body, record.files_by_form, "channel")
        return answer_json(message.data)

    async def _delete_message(self, request: web.Request, _: Request) -> web.Response:
        self._world.message(**request.match_info).deleted = True
        return web.Response(status=204)


def _authorise(request: web.Request, token: str) -> None:
    if request.headers.get("Authorization") != f"Bot {token}":
        raise RefusedError(0)


async def _read(request: web.Request) -> tuple[Any, dict[str, bytes]]:
    """The JSON body and the uploaded files by their form names."""
    if not request.content_type.startswith("multipart/"):
        text = await request.text()
        return (json.loads(text) if text else None), {}
    form = await request.post()
    files = {name: part.file.read() for name, part in form.items() if isinstance(part, web.FileField)}
    return json.loads(str(form["payload_json"])), files
