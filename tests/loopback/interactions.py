"""Interactions as Discord sends them, and what becomes of them."""

import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.loopback.clock import Clock
from tests.loopback.components import Button
from tests.loopback.messages import Message
from tests.loopback.people import BOT_PERMISSIONS, Channel, Person
from tests.loopback.problems import RefusedError

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
ACK_LIMIT_S = 3.0
TOKEN_LIFE_S = 15 * 60.0
ATTACHMENT_LIMIT_BYTES = 10 * 1024 * 1024
TEXT_INPUT, LABEL, FILE_UPLOAD = 4, 18, 19  # components of a form
_OPTION_TYPES = {3: str, 4: int, 5: bool, 10: float}


@dataclass
class Interaction:
    """One thing that a person did, and the bot's answers to it."""

    id: str
    token: str
    kind: int
    person: Person
    channel: Channel
    sent_at: float  # by the server's clock
    source: Message | None = None  # the message whose button was pressed
    answer_type: int | None = None
    ack_s: float | None = None  # seconds from sending to the first answer
    message: Message | None = None  # the original response
    followups: list[Message] = field(default_factory=list)
    choices: list[dict[str, Any]] | None = None
    modal: dict[str, Any] | None = None
    sent_monotonic: float = 0.0
    delivered: bool = False
    excused: bool = False  # nobody expects an answer any more

    @property
    def answered(self) -> bool:
        """Acknowledged in some way."""
        return self.answer_type is not None

    @property
    def told(self) -> bool:
        """The person sees an answer, and not that the bot is thinking."""
        if self.answer_type is None:
            return False
        return self.message is None or not self.message.loading

    def acknowledge(self, answer_type: int, clock: Clock) -> None:
        """Take the first answer; RefusedError (40060, 10062) if there was one or if it comes too late."""
        if self.answered:
            raise RefusedError(40060)
        age_s = clock.now() - self.sent_at
        if age_s > ACK_LIMIT_S:
            raise RefusedError(10062)
        self.answer_type, self.ack_s = answer_type, time.monotonic() - self.sent_monotonic

    def check_token(self, clock: Clock) -> None:
        """RefusedError (50027, 10015) if the interaction's webhook cannot be used now."""
        if clock.now() - self.sent_at > TOKEN_LIFE_S:
            raise RefusedError(50027)
        if not self.answered:
            raise RefusedError(10015)


def new_interaction(clock: Clock, kind: int, person: Person, channel: Channel) -> Interaction:
    """An interaction with a token that looks like Discord's."""
    interaction_id = clock.snowflake()
    secret = f"interaction:{interaction_id}:{secrets.token_urlsafe(96)}"
    token = base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")
    return Interaction(interaction_id, token, kind, person, channel, clock.now(), sent_monotonic=time.monotonic())


def payload(interaction: Interaction, application_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Discord's INTERACTION_CREATE."""
    person, channel = interaction.person, interaction.channel
    sent: dict[str, Any] = {
        "id": interaction.id,
        "application_id": application_id,
        "type": interaction.kind,
        "token": interaction.token,
        "version": 1,
        "locale": person.locale,
        "channel": channel.as_channel(),
        "channel_id": channel.id,
        "app_permissions": str(BOT_PERMISSIONS),
        "attachment_size_limit": ATTACHMENT_LIMIT_BYTES,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "data": dict(data),
    }
    if channel.guild is None:
        sent |= {"user": person.as_user(), "context": 1, "authorizing_integration_owners": {"1": person.id}}
    else:
        guild = channel.guild
        sent |= {
            "guild_id": guild.id,
            "guild": {"id": guild.id, "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "member": person.as_member(),
            "context": 0,
            "authorizing_integration_owners": {"0": guild.id},
        }
    if interaction.source is not None:
        sent["message"] = interaction.source.data
    return sent


def command_options(
    command: Mapping[str, Any], values: Mapping[str, Any], *, focused: str | None, checked: bool
) -> list[dict[str, Any]]:
    """The options as Discord sends them; it would not let a person send what the command does not take.

    Raises AssertionError for such a value, unless `checked` is False.
    """
    known = {option["name"]: option for option in command.get("options") or []}
    assert set(values) <= set(known), f"/{command['name']} takes {sorted(known)}, not {sorted(values)}"
    missing = {name for name, option in known.items() if option.get("required")} - set(values)
    assert focused or not missing or not checked, f"/{command['name']} needs {sorted(missing)}"
    options: list[dict[str, Any]] = []
    for name, value in values.items():
        option = known[name]
        sent = {"name": name, "type": option["type"], "value": value}
        if name == focused:
            sent["focused"] = True
        elif checked:
            _check_value(option, value)
        options.append(sent)
    return options


def _check_value(option: Mapping[str, Any], value: Any) -> None:
    wanted = _OPTION_TYPES.get(option["type"])
    allowed = (int, float) if wanted is float else (wanted or str,)
    assert isinstance(value, allowed), f"{option['name']} takes {wanted}, not {value!r}"
    if choices := option.get("choices"):
        assert value in [choice["value"] for choice in choices], f"{value!r} is no choice of {option['name']}"
    if "min_value" in option:
        assert value >= option["min_value"], f"{option['name']} is at least {option['min_value']}"
    if "max_value" in option:
        assert value <= option["max_value"], f"{option['name']} is at most {option['max_value']}"


def press_data(button: Button) -> dict[str, Any]:
    """The data of a pressed button."""
    return {"component_type": 2, "custom_id": button.custom_id, "id": button.component_id}


def submit_data(modal: Mapping[str, Any], value: str | Mapping[str, Any]) -> dict[str, Any]:
    """The data of a form with one field: what was typed in it, or the attachment that was chosen."""
    (label,) = modal["components"]
    assert label["type"] == LABEL, "the field of a form stands in a label"
    field = label["component"]
    data: dict[str, Any] = {"custom_id": modal["custom_id"]}
    filled: dict[str, Any] = {"type": field["type"], "custom_id": field["custom_id"], "id": 2}
    if isinstance(value, str):
        assert field["type"] == TEXT_INPUT, "this field takes no text"
        assert len(value) <= (field.get("max_length") or 4000), "the client lets nobody type more"
        filled["value"] = value
    else:
        assert field["type"] == FILE_UPLOAD, "this field takes no file"
        filled["values"] = [value["id"]]
        data["resolved"] = {"attachments": {value["id"]: value}}
    data["components"] = [{"type": LABEL, "id": 1, "component": filled}]
    return data
