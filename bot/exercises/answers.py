"""What an exercise answers, as plain values that need no numpy."""

from dataclasses import dataclass
from typing import Any, Final

EXERCISES: Final = ("load", "explore", "preprocess", "build", "compile", "evaluate")  # the modules of trainer.exercises


@dataclass(frozen=True)
class Exercise:
    """One step that was run: its figures as `trainer.exercises` names them, and a PNG, b"" for none."""

    figures: dict[str, Any]
    picture: bytes
