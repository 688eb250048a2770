"""The person who gives a command, and the message that answers it."""

from dataclasses import dataclass
from typing import Final

from trainer.language import Language

LOCAL: Final = "local"  # the id of the terminal's learner, who also owns the runs of `python -m trainer`


@dataclass(frozen=True)
class Learner:
    """A person, with language and permissions at the time of a command. The terminal's learner has the id LOCAL."""

    id: str
    name: str
    language: Language
    guild_id: str | None = None  # None: a direct message or the terminal
    is_teacher: bool = False  # may manage the server, and therefore cancel any training there


@dataclass(frozen=True)
class Place:
    """The message that shows a training, kept so that a restarted bot can edit it; empty in the terminal."""

    channel_id: str = ""
    message_id: str = ""
