"""Who talks where: people, servers and channels, as Discord describes them to a bot."""

from dataclasses import dataclass, field
from typing import Any

MANAGE_GUILD = 1 << 5
MEMBER_PERMISSIONS = (1 << 10) | (1 << 11) | (1 << 15) | (1 << 16) | (1 << 31)  # see, write, attach, history, commands
BOT_PERMISSIONS = MEMBER_PERMISSIONS | (1 << 14) | (1 << 38)  # embed links, send in threads


@dataclass(frozen=True)
class Person:
    """Somebody who uses the bot."""

    id: str
    name: str
    locale: str = "en-US"
    manages: bool = False  # may manage the server: a teacher

    def as_user(self) -> dict[str, Any]:
        """Discord's `user`."""
        return {
            "id": self.id,
            "username": self.name.lower().replace(" ", "_"),
            "global_name": self.name,
            "discriminator": "0",
            "avatar": None,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
        }

    def as_member(self) -> dict[str, Any]:
        """Discord's `member`, with the permissions in the channel."""
        permissions = MEMBER_PERMISSIONS | (MANAGE_GUILD if self.manages else 0)
        return {
            "user": self.as_user(),
            "nick": None,
            "avatar": None,
            "roles": [],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
            "communication_disabled_until": None,
            "permissions": str(permissions),
        }


@dataclass
class Channel:
    """A text channel of a server, a thread in one (`parent`), or a direct message (no `guild`)."""

    id: str
    name: str
    guild: "Guild | None" = None
    parent: "Channel | None" = None
    bot_may_see: bool = True
    bot_may_send: bool = True
    bot_may_attach: bool = True
    archived: bool = False
    locked: bool = False

    def as_channel(self) -> dict[str, Any]:
        """Discord's `channel` as interactions carry it."""
        if self.guild is None:
            return {"id": self.id, "type": 1, "last_message_id": None, "flags": 0}
        common = {
            "id": self.id,
            "guild_id": self.guild.id,
            "name": self.name,
            "last_message_id": None,
            "rate_limit_per_user": 0,
            "parent_id": self.parent.id if self.parent else None,
            "flags": 0,
            "permissions": str(MEMBER_PERMISSIONS),
        }
        if self.parent is None:
            return common | {"type": 0, "position": 0, "permission_overwrites": [], "topic": None, "nsfw": False}
        metadata = {
            "archived": self.archived,
            "archive_timestamp": "2026-01-01T00:00:00+00:00",
            "auto_archive_duration": 1440,
            "locked": self.locked,
        }
        counts = {"message_count": 1, "member_count": 1, "total_message_sent": 1}
        return common | counts | {"type": 11, "owner_id": self.guild.owner_id, "thread_metadata": metadata}


@dataclass
class Guild:
    """A server that invited the bot."""

    id: str
    name: str
    locale: str = "en-US"
    channels: list[Channel] = field(default_factory=list)
    owner_id: str = "1"
    bot_permissions: int = BOT_PERMISSIONS

    def as_guild(self, bot: dict[str, Any]) -> dict[str, Any]:
        """Discord's GUILD_CREATE."""
        everyone = {
            "id": self.id,
            "name": "@everyone",
            "color": 0,
            "hoist": False,
            "position": 0,
            "permissions": str(self.bot_permissions),
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        member = {"user": bot, "roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False}
        return {
            "id": self.id,
            "name": self.name,
            "owner_id": self.owner_id,
            "preferred_locale": self.locale,
            "features": [],
            "roles": [everyone],
            "emojis": [],
            "stickers": [],
            "members": [member | {"flags": 0}],
            "member_count": 30,
            "channels": [channel.as_channel() for channel in self.channels],
            "threads": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "large": False,
            "unavailable": False,
            "joined_at": "2026-01-01T00:00:00+00:00",
        }
