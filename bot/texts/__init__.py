"""The sentences of the bot: `<language>/*.toml`, the same keys in every language."""

from functools import cache
from pathlib import Path

from trainer.language import Catalogue


@cache
def texts() -> Catalogue:
    """The catalogue of the bot."""
    return Catalogue(Path(__file__).parent)
