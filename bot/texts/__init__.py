"""The bot's sentences: `en/*.toml` and `zh-CN/*.toml`, the same keys in both."""

from functools import cache
from pathlib import Path

from trainer.errors import TutorError
from trainer.language import Catalogue


@cache
def texts() -> Catalogue:
    """The bot's catalogue."""
    return Catalogue(Path(__file__).parent)


class ClassroomError(TutorError):
    """Something a learner asked for that cannot be done now; the sentence says what to do next."""

    catalogue = staticmethod(texts)
