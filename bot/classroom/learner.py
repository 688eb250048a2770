"""The person who gives a command, and the message that answers it."""

from dataclasses import dataclass
from typing import Final

from trainer.language import Language

LOCAL: Final = "local"  # the id of the terminal's learner, who also owns the runs of `python -m trainer`
PAGE: Final = "page"  # the class of everybody on the page, and of the terminal beside it


@dataclass(frozen=True)
class Learner:
    """A person, with language and permissions at the time of a command.

    The terminal's learner has the id LOCAL; whoever uses it is the teacher of the page, too.
    """

    id: str
    name: str
    language: Language
    guild_id: str | None = None  # None: a direct message, the page or the terminal
    is_teacher: bool = False  # may manage the server, and therefore cancel any training there, or has the page's key
    room: str = ""  # PAGE on the page and in the terminal

    @property
    def class_id(self) -> str | None:
        """The class this person is in: their server or the page; None in a direct message."""
        return self.guild_id or self.room or None


@dataclass(frozen=True)
class Place:
    """The message that shows a training, kept so that a restarted bot can edit it; empty in the terminal."""

    channel_id: str = ""
    message_id: str = ""
