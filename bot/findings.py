"""What a check of the bot's surroundings has found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["fine", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One line: `key` names the sentence `check.<key>`, which says of something wrong what to do."""

    level: Level
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
