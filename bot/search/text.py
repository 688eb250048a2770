"""What of a text is compared: words of alphabets, pairs of neighbouring Chinese characters."""

import re
import unicodedata
from functools import cache
from typing import Final

from opencc import OpenCC

_THOUSANDS: Final = re.compile(r"(?<=\d)[ ,](?=\d{3}\b)")
_APOSTROPHES: Final = re.compile("['\u2019]")
_WORD: Final = re.compile(r"\d+(?:\.\d+)?|[^\W\d_\u3400-\u9fff]+")
HAN: Final = re.compile(r"[\u3400-\u9fff]+")


def normal(text: str) -> str:
    """Lower case, half-width signs, simplified characters, numbers without separators of thousands."""
    text = _simplified().convert(unicodedata.normalize("NFKC", text)).lower()
    return _THOUSANDS.sub("", _APOSTROPHES.sub("", text))


@cache
def _simplified() -> OpenCC:
    return OpenCC("t2s")


def words(text: str) -> list[str]:
    """Words and numbers of a normal text; `learning_rate` is two words."""
    return _WORD.findall(text)


def pairs(text: str) -> list[str]:
    """The pairs of neighbouring Chinese characters of a normal text; a character that stands alone is itself."""
    runs = HAN.findall(text)
    return [run[start : start + 2] for run in runs for start in range(max(1, len(run) - 1))]
