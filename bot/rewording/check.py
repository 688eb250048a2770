"""Whether a text says only what the passages say: no other number, no other code word, no address."""

import re
from collections.abc import Iterable
from typing import Final
from unicodedata import normalize

LONGEST: Final = 1200  # characters; the passages below it have to fit the same message
_GROUPED: Final = re.compile(r"(?<=\d)[ ,\u00a0\u202f](?=\d{3}(?!\d))")  # the blank of 60 000
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_QUOTED: Final = re.compile(r"`+([^`]+)`+")
# snake_case, a.b, name(), /command, option:2, camelCase and CamelCase
_CODE: Final = re.compile(
    r"\w*[A-Za-z]_\w+|[A-Za-z_]\w+(?:\.[A-Za-z_]\w+)+|[A-Za-z_]\w*\(|(?<!\w)/[A-Za-z]\w*|[A-Za-z_]+:\w+"
    r"|[A-Za-z]*[a-z][A-Z]\w*",
    re.ASCII,
)
_ADDRESS: Final = re.compile(r"://|\bwww\.|\]\(|<\w|@\w", re.ASCII)


def problem_of(text: str, passages: Iterable[str]) -> str:
    """Why the text may not be shown, for the log; "" if it may."""
    known = _plain("\n".join(passages))
    text = _plain(text)
    if not text.strip():
        return "it is empty"
    if len(text) > LONGEST:
        return f"it has {len(text)} characters, more than {LONGEST}"
    if _ADDRESS.search(text):
        return "it holds an address"
    if numbers := set(_numbers(text)) - set(_numbers(known)):
        return f"no passage has the number {min(numbers)}"
    words = {*_QUOTED.findall(text), *_CODE.findall(_QUOTED.sub(" ", text))}
    folded = " ".join(known.casefold().split())
    if invented := [word for word in sorted(words) if " ".join(word.casefold().split()) not in folded]:
        return f"no passage has the code {invented[0][:40]!r}"
    return ""


def _plain(text: str) -> str:
    """With one form of each character: full-width digits and letters as usual ones."""
    return normalize("NFKC", text)


def _numbers(text: str) -> Iterable[str]:
    return (re.sub(r"^0+(?=\d)", "", number) for number in _NUMBER.findall(_GROUPED.sub("", text)))
