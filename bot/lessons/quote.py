"""Quoting the trainer: the source text of one of its parts, read without importing it (importing would start Keras)."""

import ast
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Final

LONGEST: Final = 12  # lines of code on one card: what a phone shows without scrolling far
_DIRECTIVE: Final = re.compile(r"\{\{ trainer/(?P<file>[a-z_/]+\.py) (?P<part>[A-Za-z_.]+|\[[a-z-]+\]) \}\}")
_TO_TOOLS: Final = re.compile(r"  # (fmt|noqa|type): ?[^#]*$", re.MULTILINE)  # comments that no learner needs
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class LessonError(ValueError):
    """A lesson that was written wrongly: for its author, in a test; a learner never meets it."""


@dataclass(frozen=True)
class Quote:
    """Lines of the trainer as they run: `source` is the file ("trainer/steps/build.py"), `part` what was asked for."""

    source: str
    part: str
    code: str


def read_directive(line: str) -> Quote | None:
    """The quote that a line of a lesson asks for, None for a line of text.

    `{{ trainer/steps/preprocess.py scale }}` is a function, class or constant of the module (`outer.inner` for what is
    defined inside another) without its docstring; `{{ trainer/pipeline.py [load] }}` are the lines between the
    comments `# [load]` and `# [/load]`. Raises LessonError when there is no such thing.
    """
    if "{{" not in line and "}}" not in line:
        return None
    if (found := _DIRECTIVE.fullmatch(line.strip())) is None:
        raise LessonError(f"not a directive: {line!r}")
    file, part = found["file"], found["part"]
    source = _source(file)
    code = _region(source, part[1:-1]) if part.startswith("[") else _definition(source, part.split("."))
    if code is None:
        raise LessonError(f"trainer/{file} has no {part}")
    code = _TO_TOOLS.sub("", code)
    if (count := len(code.splitlines())) > LONGEST:
        raise LessonError(f"{part} of trainer/{file} has {count} lines, more than {LONGEST}: quote a part of it")
    return Quote(f"trainer/{file}", part, code)


@cache
def _source(file: str) -> str:
    spec = importlib.util.find_spec("trainer")
    for folder in (spec and spec.submodule_search_locations) or ():
        if (path := Path(folder, file)).is_file():
            return path.read_text(encoding="utf-8")
    raise LessonError(f"there is no trainer/{file}")


def _region(source: str, name: str) -> str | None:
    lines = source.splitlines()
    comments = [line.strip() for line in lines]
    begin, end = f"# [{name}]", f"# [/{name}]"
    if (comments.count(begin), comments.count(end)) != (1, 1):
        return None
    inside = lines[comments.index(begin) + 1 : comments.index(end)]
    kept = [line for line in inside if not re.fullmatch(r"\s*# \[/?[a-z-]+\]", line)]  # regions may hold others
    return dedent("\n".join(kept)).strip("\n") or None


def _definition(source: str, path: Sequence[str]) -> str | None:
    body: Sequence[ast.stmt] = ast.parse(source).body
    found: ast.stmt | None = None
    for name in path:
        found = next((statement for statement in body if _names(statement) == name), None)
        body = found.body if isinstance(found, _Definition) else ()
    return _text(source, found) if found else None


def _names(statement: ast.stmt) -> str | None:
    """What a statement gives a name to, if it is one name."""
    if isinstance(statement, _Definition):
        return statement.name
    if isinstance(statement, ast.AnnAssign):
        target = statement.target
    elif isinstance(statement, ast.Assign):
        target = statement.targets[0]
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def _text(source: str, statement: ast.stmt) -> str:
    """Its lines from the first decorator on, comments included, without the docstring."""
    lines = source.splitlines()
    first, last, left_out = statement.lineno, statement.end_lineno or statement.lineno, range(0)
    if isinstance(statement, _Definition):
        first = min([first, *(decorator.lineno for decorator in statement.decorator_list)])
        if ast.get_docstring(statement, clean=False) is not None and len(statement.body) > 1:
            left_out = range(statement.body[0].lineno, _code_after_docstring(lines, statement.body[0]))
    return dedent("\n".join(lines[number - 1] for number in range(first, last + 1) if number not in left_out))


def _code_after_docstring(lines: Sequence[str], docstring: ast.stmt) -> int:
    number = (docstring.end_lineno or docstring.lineno) + 1
    while not lines[number - 1].strip():
        number += 1
    return number
