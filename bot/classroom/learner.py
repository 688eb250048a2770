"""Who asks, and where."""

from dataclasses import dataclass
from typing import Final

from trainer.language import Language

LOCAL: Final = "local"  # the terminal's learner, who also owns what `python -m trainer` saved


@dataclass(frozen=True)
class Learner:
    """A person at the moment of a command. The terminal's learner has the id LOCAL."""

    id: str
    name: str
    language: Language
    guild_id: str | None = None  # None: a direct message or the terminal
    is_teacher: bool = False  # may manage the server: cancels anybody's training


@dataclass(frozen=True)
class Place:
    """The message that shows a training, so that it can be edited after a restart; empty in the terminal."""

    channel_id: str = ""
    message_id: str = ""
