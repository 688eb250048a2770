"""The bot's sentences: `en/*.toml` and `zh-CN/*.toml`, the same keys in both."""

from functools import cache
from pathlib import Path

from trainer.language import Catalogue


@cache
def texts() -> Catalogue:
    """The bot's catalogue."""
    return Catalogue(Path(__file__).parent)
