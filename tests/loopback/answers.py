"""What a bot answers to interactions: callbacks, and the webhook that each interaction has for 15 minutes."""

from typing import Any

from aiohttp import web

from tests.loopback.interactions import AUTOCOMPLETE, COMPONENT, SUBMIT, Interaction
from tests.loopback.limits import choice_problems, form_problems
from tests.loopback.messages import EPHEMERAL, LOADING, Message, new_message
from tests.loopback.problems import RefusedError, answer_json
from tests.loopback.world import Request, World

MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


class Answers:
    """Handlers of the routes that take no bot token but the interaction's own."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def callback(self, request: web.Request, record: Request) -> web.Response:
        """The first answer."""
        world = self._world
        interaction = world.interactions.get(request.match_info["interaction_id"])
        if interaction is None or interaction.token != request.match_info["token"]:
            raise RefusedError(10062)
        answer_type, data = record.body["type"], record.body.get("data") or {}
        self._check_type(interaction, answer_type)
        message = self._prepared(interaction, answer_type, data, record)
        interaction.acknowledge(answer_type, world.clock)
        if message is not None:
            world.messages[message.id] = message
            interaction.message = message
        elif answer_type in (DEFERRED_UPDATE, UPDATE):
            interaction.message = interaction.source
        if answer_type == UPDATE and interaction.source is not None:
            world.writer.write(interaction.source, data, record.files_by_form, "callback")
        elif answer_type == CHOICES:
            interaction.choices = data["choices"]
            world.complain(record.route, choice_problems(data["choices"]))
        elif answer_type == MODAL:
            interaction.modal = data
            world.complain(record.route, form_problems(data))
        if request.query.get("with_response") not in ("1", "true"):
            return web.Response(status=204)
        return answer_json(self._callback_response(interaction, answer_type))

    async def followup(self, request: web.Request, record: Request) -> web.Response:
        """Another message; the first one takes the place of "is thinking"."""
        world = self._world
        interaction = self._interaction(request)
        if interaction.channel.id not in world.channels:
            raise RefusedError(10003)
        if interaction.channel.archived and interaction.channel.locked:
            raise RefusedError(50083)
        interaction.channel.archived = False  # as any new message does
        original = interaction.message
        if original is not None and original.loading and not original.deleted:
            world.writer.write(original, record.body, record.files_by_form, "followup")
            return answer_json(original.data)
        message = new_message(world.clock, interaction.channel, world.bot)
        if (record.body.get("flags") or 0) & EPHEMERAL:
            _hide(message, interaction)
        world.writer.write(message, record.body, record.files_by_form, "followup")
        world.messages[message.id] = message
        interaction.followups.append(message)
        return answer_json(message.data) if request.query.get("wait") else web.Response(status=204)

    async def get_original(self, request: web.Request, _: Request) -> web.Response:
        """The first answer as it looks now."""
        return answer_json(self._original(request).data)

    async def edit_original(self, request: web.Request, record: Request) -> web.Response:
        """Change the first answer."""
        message = self._original(request)
        message.check_editable()
        self._world.writer.write(message, record.body, record.files_by_form, "webhook")
        return answer_json(message.data)

    async def delete_original(self, request: web.Request, _: Request) -> web.Response:
        """Remove the first answer."""
        self._original(request).deleted = True
        return web.Response(status=204)

    async def get_followup(self, request: web.Request, _: Request) -> web.Response:
        """A message of this interaction."""
        return answer_json(self._message(request).data)

    async def edit_followup(self, request: web.Request, record: Request) -> web.Response:
        """Change a message of this interaction."""
        message = self._message(request)
        message.check_editable()
        self._world.writer.write(message, record.body, record.files_by_form, "webhook")
        return answer_json(message.data)

    async def delete_followup(self, request: web.Request, _: Request) -> web.Response:
        """Remove a message of this interaction."""
        self._message(request).deleted = True
        return web.Response(status=204)

    def _prepared(
        self, interaction: Interaction, answer_type: int, data: dict[str, Any], record: Request
    ) -> Message | None:
        """The new message of an answer that makes one; nothing is kept of it yet."""
        if answer_type not in (MESSAGE, DEFERRED_MESSAGE):
            return None
        world = self._world
        message = new_message(world.clock, interaction.channel, world.bot)
        message.data |= {"application_id": world.bot_id, "webhook_id": world.bot_id, "type": 20}
        if (data.get("flags") or 0) & EPHEMERAL:
            _hide(message, interaction)
        if answer_type == DEFERRED_MESSAGE:
            message.data["flags"] |= LOADING
        else:
            world.writer.write(message, data, record.files_by_form, "callback")
        return message

    def _check_type(self, interaction: Interaction, answer_type: int) -> None:
        if interaction.kind == AUTOCOMPLETE:
            allowed = {CHOICES}
        elif interaction.kind == COMPONENT:
            allowed = {MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL}
        elif interaction.kind == SUBMIT:
            allowed = {MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE}
        else:
            allowed = {MESSAGE, DEFERRED_MESSAGE, MODAL}
        if answer_type not in allowed:
            raise RefusedError(50035, f"type {answer_type} does not answer this kind of interaction")

    def _callback_response(self, interaction: Interaction, answer_type: int) -> dict[str, Any]:
        response: dict[str, Any] = {"interaction": {"id": interaction.id, "type": interaction.kind}}
        message = interaction.message
        if message is not None:
            response["interaction"] |= {
                "response_message_id": message.id,
                "response_message_loading": message.loading,
                "response_message_ephemeral": message.ephemeral,
            }
            if answer_type in (MESSAGE, UPDATE):  # of a deferred one Discord promises no more than its id
                response["resource"] = {"type": answer_type, "message": message.data}
        return response

    def _interaction(self, request: web.Request) -> Interaction:
        if request.match_info["application_id"] != self._world.bot_id:
            raise RefusedError(10015)
        return self._world.interaction(request.match_info["token"])

    def _original(self, request: web.Request) -> Message:
        message = self._interaction(request).message
        if message is None or message.deleted or message.channel.id not in self._world.channels:
            raise RefusedError(10008)
        return message

    def _message(self, request: web.Request) -> Message:
        interaction = self._interaction(request)
        own = [*interaction.followups, interaction.message]
        found = next((one for one in own if one is not None and one.id == request.match_info["message_id"]), None)
        if found is None or found.deleted:
            raise RefusedError(10008)
        return found


def _hide(message: Message, interaction: Interaction) -> None:
    message.data["flags"] |= EPHEMERAL
    message.only_for = interaction.person.id
