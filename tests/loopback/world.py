"""Everything that the loopback Discord knows: who, where, what was said, what was asked of it and what was wrong."""

import base64
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from tests.loopback.cdn import Cdn
from tests.loopback.clock import Clock
from tests.loopback.faults import Faults
from tests.loopback.gateway import Gateway
from tests.loopback.interactions import TOKEN_LIFE_S, Interaction
from tests.loopback.messages import Message, Writer
from tests.loopback.openapi import ApiDescription
from tests.loopback.people import Channel, Guild, Person
from tests.loopback.problems import RefusedError


@dataclass
class Request:
    """One request of the bot."""

    at: float  # time.monotonic()
    route: str  # "PATCH /channels/{channel_id}/messages/{message_id}"
    path: str
    body: Any
    files_by_form: dict[str, bytes]  # files[0] -> bytes
    status: int = 0  # 0: not answered yet, 499: the answer was lost

    @property
    def files(self) -> dict[str, bytes]:
        """The uploaded files by the names they get."""
        part = self.body.get("data") or self.body if isinstance(self.body, dict) else {}
        names = {f"files[{entry['id']}]": entry.get("filename") for entry in part.get("attachments") or []}
        return {names.get(form) or form: data for form, data in self.files_by_form.items()}


@dataclass
class World:
    """The state behind the REST API, the gateway and the picture server."""

    api: ApiDescription | None
    clock: Clock = field(default_factory=Clock)
    cdn: Cdn = field(default_factory=Cdn)
    faults: Faults = field(default_factory=Faults)
    requests: list[Request] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    commands: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # guild id, "" for global ones
    guilds: dict[str, Guild] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bot_id = self.clock.snowflake()
        parts = (base64.b64encode(self.bot_id.encode()).decode().rstrip("="), secrets.token_urlsafe(4)[:6])
        self.token = ".".join((*parts, secrets.token_urlsafe(28)))
        self.writer = Writer(self.clock, self.cdn)
        self.gateway = Gateway(self.token, self.ready, self._guilds)
        self.gateway_url = ""

    @property
    def bot(self) -> dict[str, Any]:
        """The bot's own `user`."""
        bot = Person(self.bot_id, "keras-tutor").as_user()
        return bot | {"bot": True, "discriminator": "0001", "mfa_enabled": False, "verified": True, "locale": "en-US"}

    @property
    def application(self) -> dict[str, Any]:
        """The bot's `application`."""
        owner = Person("1", "Owner").as_user()
        return {
            "id": self.bot_id,
            "name": "keras-tutor",
            "icon": None,
            "description": "",
            "type": None,
            "bot": self.bot,
            "summary": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": secrets.token_hex(32),
            "flags": 1 << 23,
            "flags_new": str(1 << 23),
            "role_connections_verification_url": None,
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "eligible_oauth2_scopes": [],
            "owner": owner,
            "team": None,
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "approximate_guild_count": len(self.guilds),
        }

    def ready(self) -> dict[str, Any]:
        """Discord's READY but for the session."""
        return {
            "v": 10,
            "user": self.bot,
            "guilds": [{"id": guild_id, "unavailable": True} for guild_id in self.guilds],
            "resume_gateway_url": f"{self.gateway_url}/resume",
            "application": {"id": self.bot_id, "flags": 1 << 23},
            "session_type": "normal",
            "private_channels": [],
        }

    def _guilds(self) -> list[dict[str, Any]]:
        return [guild.as_guild(self.bot) for guild in self.guilds.values()]

    def channel(self, channel_id: str) -> Channel:
        """A channel that the bot may see; RefusedError 10003, 50001."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise RefusedError(10003)
        if not channel.bot_may_see:
            raise RefusedError(50001)
        return channel

    def message(self, channel_id: str, message_id: str) -> Message:
        """A message that the bot's token reaches; RefusedError 10008 also for ephemeral ones."""
        self.channel(channel_id)
        message = self.messages.get(message_id)
        if message is None or message.deleted or message.ephemeral or message.channel.id != channel_id:
            raise RefusedError(10008)
        return message

    def interaction(self, token: str) -> Interaction:
        """The interaction with that token, still usable; RefusedError 10015, 50027."""
        found = next((one for one in self.interactions.values() if one.token == token), None)
        if found is None:
            raise RefusedError(10015)
        found.check_token(self.clock)
        return found

    def awaits_original(self, message: Message) -> bool:
        """Whether the interaction that this message answers could still fill it."""
        asked = next((one for one in self.interactions.values() if one.message is message), None)
        return asked is not None and not asked.excused and self.clock.now() - asked.sent_at < TOKEN_LIFE_S

    def complain(self, route: str, problems: list[str]) -> None:
        """Record what the bot did wrong."""
        self.violations += [f"{route}: {problem}" for problem in problems]

    def unanswered(self) -> list[Interaction]:
        """Interactions that a person still waits on although their time is over."""
        late = time.monotonic() - 3
        return [
            one
            for one in self.interactions.values()
            if one.delivered and not one.excused and not one.answered and one.sent_monotonic < late
        ]
