"""A loopback Discord in a thread of its own: a real bot talks to it over real sockets, a test acts for the people."""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.loopback.cdn import Upload
from tests.loopback.components import Button
from tests.loopback.faults import Fault, FaultKind
from tests.loopback.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    SUBMIT,
    Interaction,
    command_options,
    new_interaction,
    payload,
    press_data,
    submit_data,
)
from tests.loopback.messages import Message, new_message
from tests.loopback.openapi import ApiDescription
from tests.loopback.people import Channel, Guild, Person
from tests.loopback.rest import Rest
from tests.loopback.world import Request, World

T = TypeVar("T")
ANSWER_TIMEOUT_S = 15.0
_BODY_LIMIT_BYTES = 64 * 1024 * 1024


class LoopbackDiscord:
    """Start it with `with`; everything else may be called from any thread.

    Waiting methods raise AssertionError, with what was seen, when nothing comes in time.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        api: ApiDescription | None = None,
        told: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """told: the address that the bot is told, if another than that on 127.0.0.1, e.g. https://discord.test."""
        self.world = World(api)
        self.url = told
        self.port = 0
        self._tls = tls
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loopback Discord", daemon=True)
        self._changed = threading.Condition()
        self._runner: web.AppRunner | None = None
        self.guild = self.add_guild("Class of 2026")
        self.channel = self.guild.channels[0]

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application(client_max_size=_BODY_LIMIT_BYTES)
        Rest(self.world, self._notify).add_to(app.router)
        app.router.add_get("/gateway", self.world.gateway.serve)
        app.router.add_get("/gateway/resume", self.world.gateway.serve)
        app.router.add_get("/attachments/{path:.*}", self.world.cdn.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls)
        await site.start()
        assert site._server is not None
        self.port = site._server.sockets[0].getsockname()[1]  # pyright: ignore[reportAttributeAccessIssue]
        self.url = self.url or f"http://127.0.0.1:{self.port}"
        self.world.cdn.base = self.url
        self.world.gateway_url = f"{self.url.replace('http', 'ws', 1)}/gateway"
        self.world.gateway.changed = self._notify

    async def _stop(self) -> None:
        await self.world.gateway.cut()
        if self._runner is not None:
            await self._runner.cleanup()

    def _run(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    # The people

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.world.token

    @property
    def secrets(self) -> list[str]:
        """What must never be written anywhere: the bot's token and those of all interactions."""
        return [self.token, *(interaction.token for interaction in list(self.world.interactions.values()))]

    def add_guild(self, name: str) -> Guild:
        """A server with one channel that the bot is in."""
        guild = Guild(self.world.clock.snowflake(), name)
        channel = Channel(self.world.clock.snowflake(), "general", guild)
        guild.channels.append(channel)
        self.world.guilds[guild.id] = guild
        self.world.channels[channel.id] = channel
        return guild

    def new_class(self) -> Guild:
        """A new server invites the bot; from now on commands are given there."""
        self.guild = self.add_guild("Another class")
        self.channel = self.guild.channels[0]
        self._run(self.world.gateway.dispatch("GUILD_CREATE", self.guild.as_guild(self.world.bot)))
        return self.guild

    def thread(self) -> Channel:
        """A new thread in the channel."""
        thread = Channel(self.world.clock.snowflake(), "questions", self.guild, parent=self.channel)
        self.world.channels[thread.id] = thread
        return thread

    def person(self, name: str, locale: str = "en-US", *, manages: bool = False) -> Person:
        """Somebody new."""
        return Person(self.world.clock.snowflake(), name, locale, manages)

    def direct_messages(self, person: Person) -> Channel:
        """A new private channel between that person and the bot."""
        channel = Channel(self.world.clock.snowflake(), person.name)
        self.world.channels[channel.id] = channel
        return channel

    def post(self, person: Person, text: str, *uploads: Upload, channel: Channel | None = None) -> Message:
        """A message of that person, with pictures."""
        channel = channel or self.channel
        message = new_message(self.world.clock, channel, person.as_user())
        message.data["content"] = text
        for upload in uploads:
            attached = self.world.cdn.put(self.world.clock.snowflake(), channel.id, upload)
            message.data["attachments"].append(attached)
            message.contents[attached["id"]] = upload.data
        self.world.messages[message.id] = message
        return message

    def embed(self, message: Message, source: str, upload: Upload, *, place: str = "image") -> dict[str, Any]:
        """Show a picture from the address `source`, as "image" or "thumbnail", by way of Discord's proxy."""
        kept = self.world.cdn.put(self.world.clock.snowflake(), message.channel.id, upload)
        media = {"url": source, "proxy_url": kept["proxy_url"], "width": 100, "height": 100}
        message.data["embeds"].append({"type": "rich", "title": "a shop", place: media})
        return media

    def forward(self, person: Person, original: Message) -> Message:
        """The message forwarded by that person: an empty one with a snapshot of it."""
        message = self.post(person, "", channel=original.channel)
        kept = ("type", "content", "timestamp", "edited_timestamp", "attachments", "embeds", "flags", "mentions")
        snapshot = {name: original.data[name] for name in (*kept, "mention_roles", "components")}
        message.data["message_reference"] = {
            "type": 1,
            "channel_id": original.channel.id,
            "message_id": original.id,
        }
        message.data["message_snapshots"] = [{"message": snapshot}]
        return message

    # What they do

    def command(
        self,
        person: Person,
        name: str,
        *,
        channel: Channel | None = None,
        checked: bool = True,
        **options: Any,
    ) -> Interaction:
        """A slash command; an Upload as the value of an option is attached.

        Args:
            checked: refuse values that Discord would not let a person send.
        """
        command = self._registered(name, 1)
        channel = channel or self.channel
        interaction = new_interaction(self.world.clock, COMMAND, person, channel)
        attachments: dict[str, Any] = {}
        values: dict[str, Any] = {}
        for option, value in options.items():
            values[option] = value
            if isinstance(value, Upload):
                attached = self.world.cdn.put(self.world.clock.snowflake(), channel.id, value)
                attachments[attached["id"]] = attached
                values[option] = attached["id"]
        sent = command_options(command, values, focused=None, checked=checked)
        data: dict[str, Any] = {"id": command["id"], "name": name, "type": 1, "options": sent}
        if attachments:
            data["resolved"] = {"attachments": attachments}
        return self._send(interaction, data)

    def message_menu(self, person: Person, name: str, message: Message) -> Interaction:
        """An entry of the menu "Apps" of a message."""
        command = self._registered(name, 3)
        interaction = new_interaction(self.world.clock, COMMAND, person, message.channel)
        resolved = {"messages": {message.id: message.data}}
        data = {"id": command["id"], "name": name, "type": 3, "target_id": message.id, "resolved": resolved}
        return self._send(interaction, data)

    def complete(self, person: Person, name: str, option: str, typed: str, **others: Any) -> list[dict[str, Any]]:
        """What is offered while somebody types an option."""
        command = self._registered(name, 1)
        interaction = new_interaction(self.world.clock, AUTOCOMPLETE, person, self.channel)
        sent = command_options(command, {**others, option: typed}, focused=option, checked=False)
        self._send(interaction, {"id": command["id"], "name": name, "type": 1, "options": sent})
        self.wait(lambda: interaction.choices is not None, 3, "choices")
        return interaction.choices or []

    def press(self, person: Person, message: Message, word: str | Button) -> Interaction:
        """Press the button that contains the word; a person cannot press a disabled one."""
        button = message.button(word) if isinstance(word, str) else word
        assert not button.disabled, f"the button {button.label!r} is disabled"
        assert message.only_for in (None, person.id), "this person does not see the message"
        interaction = new_interaction(self.world.clock, COMPONENT, person, message.channel)
        interaction.source = message
        return self._send(interaction, press_data(button))

    def submit(self, form: Interaction, value: str | Upload) -> Interaction:
        """Fill in the form that a button has opened, and send it."""
        self.wait(lambda: form.modal is not None, 3, "a form")
        assert form.modal is not None
        interaction = new_interaction(self.world.clock, SUBMIT, form.person, form.channel)
        interaction.source = form.source
        given = value
        if isinstance(value, Upload):
            given = self.world.cdn.put(self.world.clock.snowflake(), form.channel.id, value)
        return self._send(interaction, submit_data(form.modal, given))  # type: ignore[arg-type]

    def _registered(self, name: str, kind: int) -> dict[str, Any]:
        every = [*self.world.commands.get("", []), *self.world.commands.get(self.guild.id, [])]
        found = next((one for one in every if (one["name"], one["type"]) == (name, kind)), None)
        assert found is not None, f"the bot did not register {name!r}: {[one['name'] for one in every]}"
        return found

    def _send(self, interaction: Interaction, data: dict[str, Any]) -> Interaction:
        self.world.interactions[interaction.id] = interaction
        sent = payload(interaction, self.world.bot_id, data)
        interaction.delivered = self._run(self.world.gateway.dispatch("INTERACTION_CREATE", sent))
        return interaction

    # What the network does

    def trouble(self, route: str, kind: FaultKind, times: int = 1, **details: Any) -> Fault:
        """The next calls of the route (one of `rest`'s, or a pattern with *) fail."""
        return self.world.faults.order(Fault(route, kind, times, **details))

    def ask_to_reconnect(self) -> None:
        """Gateway op 7."""
        self._run(self.world.gateway.ask_to_reconnect())

    def invalidate_session(self, *, resumable: bool = False) -> None:
        """Gateway op 9."""
        self._run(self.world.gateway.invalidate(resumable=resumable))

    def cut_sockets(self) -> None:
        """The gateway's sockets die without a word."""
        self._run(self.world.gateway.cut())

    # What is seen

    def wait(self, condition: Callable[[], Any], timeout_s: float = ANSWER_TIMEOUT_S, what: str = "it") -> None:
        """Until the condition holds."""
        end = time.monotonic() + timeout_s
        while not condition():  # outside the lock: a slow condition must not hold up the server
            left = end - time.monotonic()
            assert left > 0, f"{what} did not come within {timeout_s} s; the last requests: {self.log(8)}"
            with self._changed:
                self._changed.wait(min(left, 0.05))

    def answer(self, interaction: Interaction, timeout_s: float = ANSWER_TIMEOUT_S) -> Message:
        """The message that answers the interaction, once the bot no longer thinks: the last one of several."""
        self.wait(lambda: interaction.told, timeout_s, "the answer")
        message = interaction.followups[-1] if interaction.followups else interaction.message
        assert message is not None, f"an answer of type {interaction.answer_type} has no message"
        return message

    def reply(self, interaction: Interaction, timeout_s: float = ANSWER_TIMEOUT_S) -> Message:
        """The message that comes besides the one whose button was pressed."""
        self.wait(lambda: interaction.followups, timeout_s, "a message besides")
        return interaction.followups[-1]

    def log(self, last: int = 50) -> list[str]:
        """The last requests in short, without secrets."""
        return [f"{request.route} -> {request.status}" for request in self.world.requests[-last:]]

    def requests(self, route: str) -> list[Request]:
        """The requests to one of `rest`'s routes."""
        return [request for request in list(self.world.requests) if request.route == route]
