"""Cutting text to what a Discord message holds, counted in characters and in bytes."""

import re
from typing import Final

# A message of components holds 4000 characters; over about 10 170 bytes of text Discord answers with an error 500.
MOST_CHARACTERS: Final = 4000
MOST_BYTES: Final = 10_000
_MORE: Final = "\u2026"
_FENCE: Final = "```"
# What must not be torn off the character before it: combining marks, joiners, selectors, skin tones.
_JOINED: Final = re.compile("[\u0300-\u036f\u200d\ufe00-\ufe0f\u20d0-\u20ff\U0001f3fb-\U0001f3ff]")


def fits(text: str, characters: int = MOST_CHARACTERS, size: int = MOST_BYTES) -> bool:
    """Whether the text is within both limits."""
    return len(text) <= characters and len(text.encode()) <= size


def cut(text: str, characters: int = MOST_CHARACTERS, size: int = MOST_BYTES) -> str:
    """The text, or its beginning with an ellipsis; a code block that was cut is closed again.

    Lone surrogates become question marks: they cannot be sent. The limits must leave room for eight characters.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    if fits(text, characters, size):
        return text
    room = size - len(f"\n{_FENCE}\n{_MORE}".encode())
    kept = text.encode()[:room].decode("utf-8", "ignore")[: characters - len(f"\n{_FENCE}\n{_MORE}")]
    while kept and _JOINED.match(text[len(kept) : len(kept) + 1] or ""):
        kept = kept[:-1]
    kept = kept.removesuffix("\u200d")
    kept = kept.rstrip("`") if kept.count(_FENCE) % 2 == 0 else kept
    return f"{kept}\n{_FENCE}\n{_MORE}" if kept.count(_FENCE) % 2 else kept + _MORE
