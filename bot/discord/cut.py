"""Cutting text to the limits of a Discord message, in characters and in bytes."""

from typing import Final

# A message of components holds 4000 characters; over about 10 170 bytes of text Discord answers with an error 500.
MOST_CHARACTERS: Final = 4000
MOST_BYTES: Final = 10_000
_MORE: Final = "\u2026"
_FENCE: Final = "```"
_ENDING: Final = f"\n{_FENCE}\n{_MORE}"  # the longest ending of a cut text
_LONGEST_TAIL: Final = 120  # characters that may be dropped to end at a word or a line


def characters(text: str) -> int:
    """Length in UTF-16 units, of which an emoji takes two: the larger of the two ways in which Discord counts."""
    return len(text.encode("utf-16-le", "replace")) // 2


def fits(text: str, most: int = MOST_CHARACTERS, most_bytes: int = MOST_BYTES) -> bool:
    """Whether the text is within both limits."""
    return characters(text) <= most and len(text.encode("utf-8", "replace")) <= most_bytes


def cut(text: str, most: int = MOST_CHARACTERS, most_bytes: int = MOST_BYTES) -> str:
    """The text, or its beginning with an ellipsis; a code block that was cut is closed again.

    A grapheme (an emoji of several parts, a letter with its accents) stays whole. Lone surrogates become question
    marks, because they cannot be sent. The limits must leave room for ten characters.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    if fits(text, most, most_bytes):
        return text
    kept = _beginning(text, most - characters(_ENDING), most_bytes - len(_ENDING.encode()))
    kept = _at_a_break(text, kept)
    if kept.count(_FENCE) % 2:
        before, _, code = kept.rpartition(_FENCE)
        if "\n" not in code.rstrip("\n") and len(code) <= _LONGEST_TAIL:  # a block without a line of code
            return before.rstrip() + _MORE
        return kept + _ENDING
    return kept.rstrip() + _MORE


def _beginning(text: str, most: int, most_bytes: int) -> str:
    """As many whole characters as the limits hold."""
    from wcwidth import iter_graphemes  # imported here: it takes 70 ms, and hardly any text is cut

    end = 0
    for character in iter_graphemes(text[: most + 1]):
        most -= characters(character)
        most_bytes -= len(character.encode())
        if most < 0 or most_bytes < 0:
            break
        end += len(character)
    # Drop backticks left from a split code fence.
    while end < len(text) and text[end] == "`" and end > 0 and text[end - 1] == "`":
        end -= 1
    return text[:end]


def _at_a_break(text: str, kept: str) -> str:
    """`kept` up to its last whole word or line, if at most _LONGEST_TAIL characters are dropped."""
    if not kept or text[len(kept) : len(kept) + 1].isspace():
        return kept
    wanted = "\n" if kept.count(_FENCE) % 2 else " \n"
    last = max(kept.rfind(one) for one in wanted)
    return kept[:last] if len(kept) - last <= _LONGEST_TAIL and last > 0 else kept
