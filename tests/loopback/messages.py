"""Messages as people see them: edited in place, with their attachments and everything that they said before."""

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.loopback.cdn import Cdn, Upload
from tests.loopback.clock import Clock
from tests.loopback.components import (
    STORED_FIELDS,
    V2_TYPES,
    Button,
    buttons_of,
    descriptions_of,
    media_of,
    text_of,
    walk,
)
from tests.loopback.people import Channel
from tests.loopback.problems import RefusedError

EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15
_SETTABLE = EPHEMERAL | COMPONENTS_V2 | (1 << 2) | (1 << 12)
_MEDIA_SCHEME = "attachment://"


@dataclass(frozen=True)
class Shown:
    """What a message looked like from a moment on."""

    at: float  # time.monotonic()
    via: str  # "callback", "webhook", "channel" or "followup"
    data: dict[str, Any]

    @property
    def text(self) -> str:
        """Everything that could be read in it."""
        return text_of(self.data)

    @property
    def buttons(self) -> list[Button]:
        """The buttons it had."""
        return buttons_of(self.data)


@dataclass
class Message:
    """One message of a channel; `data` is Discord's `message`, `history` every look it had, oldest first."""

    data: dict[str, Any]
    channel: Channel
    only_for: str | None = None  # an ephemeral one: the id of the person who sees it
    deleted: bool = False
    history: list[Shown] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)  # attachment id -> file

    @property
    def id(self) -> str:
        """The message's id."""
        return self.data["id"]

    @property
    def text(self) -> str:
        """Everything that can be read in it now, without the words on its buttons."""
        return text_of(self.data)

    @property
    def buttons(self) -> list[Button]:
        """Its buttons now."""
        return buttons_of(self.data)

    @property
    def loading(self) -> bool:
        """The bot "is thinking"."""
        return bool(self.data["flags"] & LOADING)

    @property
    def ephemeral(self) -> bool:
        """Only one person sees it."""
        return self.only_for is not None

    @property
    def files(self) -> dict[str, bytes]:
        """The attachments now: name -> bytes."""
        return {attached["filename"]: self.contents[attached["id"]] for attached in self.data["attachments"]}

    @property
    def descriptions(self) -> list[str]:
        """The alternative texts of its pictures."""
        return [alt for component in walk(self.data["components"]) for alt in descriptions_of(component)]

    def check_editable(self, by_the_bot: Mapping[str, bytes] | None = None) -> None:
        """RefusedError (50083, 160005) if its thread is closed, 50013 if the bot may not attach files of its own."""
        if self.channel.archived:
            raise RefusedError(50083)
        if self.channel.locked:
            raise RefusedError(160005)
        if by_the_bot and not self.channel.bot_may_attach:
            raise RefusedError(50013)

    def button(self, word: str) -> Button:
        """The one button whose label contains the word, or whose custom_id is it."""
        found = [button for button in self.buttons if word in button.label or word == button.custom_id]
        assert len(found) == 1, f"{len(found)} buttons say {word!r}: {[button.label for button in self.buttons]}"
        return found[0]


def new_message(clock: Clock, channel: Channel, author: Mapping[str, Any], *, flags: int = 0) -> Message:
    """An empty message of that author."""
    data: dict[str, Any] = {
        "id": clock.snowflake(),
        "channel_id": channel.id,
        "type": 0,
        "content": "",
        "author": dict(author),
        "timestamp": _timestamp(clock),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "flags": flags,
    }
    return Message(data, channel)


class Writer:
    """Applies what the bot sends to a message, by Discord's rules."""

    def __init__(self, clock: Clock, cdn: Cdn) -> None:
        self._clock = clock
        self._cdn = cdn

    def write(self, message: Message, body: Mapping[str, Any], files: Mapping[str, bytes], via: str) -> None:
        """Change the message; RefusedError (50035, 50006) leaves it as it was.

        Args:
            files: the uploaded files by their form names, `files[0]`.
        """
        data = copy.deepcopy(message.data)
        editing = bool(message.history) and not message.loading
        _set_flags(data, body)
        for name in ("content", "embeds", "components"):
            if name in body:
                data[name] = copy.deepcopy(body[name]) or ("" if name == "content" else [])
        contents = dict(message.contents)
        self._attach(data, contents, body, files)
        _check_kind(data, body)
        _show_media(data)
        _complete(data)
        if not any(data[name] for name in ("content", "embeds", "components", "attachments")):
            raise RefusedError(50006)
        data["flags"] &= ~LOADING
        if editing:
            data["edited_timestamp"] = _timestamp(self._clock)
        message.data, message.contents = data, contents
        message.history.append(Shown(time.monotonic(), via, copy.deepcopy(data)))

    def _attach(
        self,
        data: dict[str, Any],
        contents: dict[str, bytes],
        body: Mapping[str, Any],
        files: Mapping[str, bytes],
    ) -> None:
        """Without a list the new files are added to the old; with one, what it names is all that stays."""
        old = {attached["id"]: attached for attached in data["attachments"]}
        listed = body.get("attachments")
        keep = list(old) if listed is None else [str(entry["id"]) for entry in listed if str(entry["id"]) in old]
        described = {str(entry["id"]): entry for entry in listed or []}
        attachments = [old[attachment_id] for attachment_id in keep]
        for entry_id in described:
            if entry_id not in old and f"files[{entry_id}]" not in files:
                raise RefusedError(50035, f"the attachment {entry_id} is neither in the message nor uploaded")
        for form_name, content in files.items():
            number = form_name.removeprefix("files[").removesuffix("]")
            entry = described.get(number, {})
            attachment_id = self._clock.snowflake()
            name = entry.get("filename") or f"file{number}"
            attached = self._cdn.put(attachment_id, data["channel_id"], Upload(name, content))
            if entry.get("description"):
                attached["description"] = entry["description"]
            contents[attachment_id] = content
            attachments.append(attached)
        data["attachments"] = attachments
        for gone in set(contents) - {attached["id"] for attached in attachments}:
            del contents[gone]


def _complete(data: dict[str, Any]) -> None:
    """What Discord adds to components."""
    for number, component in enumerate(walk(data["components"]), start=1):
        component["id"] = component.get("id") or number
        for name in STORED_FIELDS.get(component["type"], ()):
            component.setdefault(name, False if name == "spoiler" else None)
        for item in component.get("items") or []:
            item["description"], item["spoiler"] = item.get("description"), item.get("spoiler") or False


def _set_flags(data: dict[str, Any], body: Mapping[str, Any]) -> None:
    flags = body.get("flags")
    if flags is None:
        return
    if data["flags"] & COMPONENTS_V2 and not flags & COMPONENTS_V2:
        raise RefusedError(50035, "a message with Components V2 cannot be turned back")
    data["flags"] |= flags & _SETTABLE & ~EPHEMERAL


def _check_kind(data: dict[str, Any], body: Mapping[str, Any]) -> None:
    v2 = data["flags"] & COMPONENTS_V2
    if v2 and (data["content"] or data["embeds"] or body.get("poll") or body.get("sticker_ids")):
        raise RefusedError(50035, "a message with Components V2 has neither content, embeds, polls nor stickers")
    used = {component["type"] for component in walk(data["components"])}
    if not v2 and used & V2_TYPES:
        raise RefusedError(50035, f"the component types {sorted(used & V2_TYPES)} need the flag IS_COMPONENTS_V2")
    top = {component["type"] for component in data["components"]}
    if not v2 and top - {1}:
        raise RefusedError(50035, "only action rows stand at the top of a message without Components V2")


def _show_media(data: dict[str, Any]) -> None:
    """Replace attachment://name by the attachment; every attachment of a V2 message has to be shown by a component."""
    by_name = {attached["filename"]: attached for attached in data["attachments"]}
    shown: set[str] = set()
    for component in walk(data["components"]):
        for media in media_of(component):
            url = str(media["url"])
            if url.startswith(_MEDIA_SCHEME):
                attached = by_name.get(url.removeprefix(_MEDIA_SCHEME))
                if attached is None:
                    raise RefusedError(50035, f"{url} is not among the attachments {sorted(by_name)}")
                known = ("url", "proxy_url", "width", "height", "content_type")
                media.update({key: attached.get(key) for key in known}, attachment_id=attached["id"], id=attached["id"])
            elif not url.startswith(("http://", "https://")):
                raise RefusedError(50035, f"{url} is no address of a picture")
            shown.add(str(media.get("attachment_id") or url))
    if data["flags"] & COMPONENTS_V2:
        for attached in data["attachments"]:
            if attached["id"] not in shown and attached["url"] not in shown:
                raise RefusedError(50035, f"{attached['filename']} is attached, but no component shows it")


def _timestamp(clock: Clock) -> str:
    return datetime.fromtimestamp(clock.now(), UTC).isoformat()
