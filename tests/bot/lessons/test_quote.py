"""Directives: what they quote, and that a wrong one is refused."""

from pathlib import Path

import pytest

import bot.lessons.quote as quoting
from bot.lessons.quote import LONGEST, LessonError, read_directive

SOURCE = '''\
"""A module."""

import os

NAMES: list[str] = ["a", "b"]  # noqa: E501 a reason
limit = 3  # of something


@cached
def doubled(x: int) -> int:
    """Twice as much.

    Not more.
    """

    return 2 * x  # a comment stays


def documented_only() -> None:
    """Nothing else."""


class Net:
    """A class."""

    def outer(self) -> int:
        def inner() -> int:
            return 1

        # [part]
        one = inner()
        # [inside]
        if one:
            one += 1
        # [/inside]
        # [/part]
        return one


# [open]
# [twice]
# [/twice]
# [twice]
# [/twice]
'''


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> None:
    original = quoting._source
    monkeypatch.setattr(quoting, "_source", lambda file: SOURCE if file == "example.py" else original(file))


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("NAMES", 'NAMES: list[str] = ["a", "b"]'),
        ("limit", "limit = 3  # of something"),
        ("doubled", "@cached\ndef doubled(x: int) -> int:\n    return 2 * x  # a comment stays"),
        ("documented_only", 'def documented_only() -> None:\n    """Nothing else."""'),
        ("Net.outer.inner", "def inner() -> int:\n    return 1"),
        ("[part]", "one = inner()\nif one:\n    one += 1"),
        ("[inside]", "if one:\n    one += 1"),
    ],
)
def test_a_part_of_a_file_is_quoted(part: str, code: str) -> None:
    quote = read_directive(f"{{{{ trainer/example.py {part} }}}}")
    assert quote is not None
    assert (quote.source, quote.part, quote.code) == ("trainer/example.py", part, code)
    lines = SOURCE.splitlines()
    quoted = [lines[number - 1].strip().split("  # noqa")[0] for number in quote.numbers]
    assert quoted == [line.strip() for line in code.splitlines()]


@pytest.mark.parametrize(
    "directive",
    [
        "trainer/example.py missing",
        "trainer/example.py Net.missing",
        "trainer/example.py limit.missing",
        "trainer/example.py [missing]",
        "trainer/example.py [open]",
        "trainer/example.py [twice]",
        "trainer/example.py",
        "trainer/nothing.py scale",
        "trainer/../bot/settings.py Settings",
        "bot/settings.py Settings",
        "trainer/example.py limit and more",
    ],
)
def test_a_wrong_directive_is_refused(directive: str) -> None:
    with pytest.raises(LessonError):
        read_directive(f"{{{{ {directive} }}}}")


@pytest.mark.parametrize("line", ["{{ trainer/example.py limit", "see {{ trainer/example.py limit }}", "}}"])
def test_half_a_directive_is_not_taken_for_text(line: str) -> None:
    with pytest.raises(LessonError):
        read_directive(line)


def test_text_is_no_directive() -> None:
    assert read_directive("**Why.** `{x}` is text, and so is a line about trainer/steps/load.py.") is None


def test_a_long_part_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "\n".join(f"    x = {number}" for number in range(LONGEST))
    monkeypatch.setattr(quoting, "_source", lambda _: f"def long():\n{lines}\n")
    with pytest.raises(LessonError, match=str(LONGEST + 1)):
        read_directive("{{ trainer/example.py long }}")


def test_what_is_quoted_is_what_the_file_says() -> None:
    quote = read_directive("{{ trainer/steps/preprocess.py scale }}")
    assert quote is not None
    written = (Path(__file__).parents[3] / "trainer" / "steps" / "preprocess.py").read_text(encoding="utf-8")
    assert all(line in written for line in quote.code.splitlines())
