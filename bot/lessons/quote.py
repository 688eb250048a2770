"""Quote the source text of a part of the trainer without importing it, which would import Keras."""

import ast
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Final

LONGEST: Final = 12  # lines of code in one lesson, about as many as a phone shows
_DIRECTIVE: Final = re.compile(r"\{\{ trainer/(?P<file>[a-z_/]+\.py) (?P<part>[A-Za-z_.]+|\[[a-z-]+\]) \}\}")
_TO_TOOLS: Final = re.compile(r"  # (fmt|noqa|type): ?[^#]*$", re.MULTILINE)  # comments for tools, left out
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class LessonError(ValueError):
    """An error in a lesson's file; the tests find it before a learner does."""


@dataclass(frozen=True)
class Quote:
    """Lines of the trainer: `source` is the file ("trainer/steps/build.py"), `part` the part of it that is quoted,
    `numbers` those of the lines in the file, from 1 on.
    """

    source: str
    part: str
    code: str
    numbers: tuple[int, ...]


def read_directive(line: str) -> Quote | None:
    """The quote for a line of a lesson that is a directive, None for a line of text.

    `{{ trainer/steps/preprocess.py scale }}` is a function, class or constant of the module without its docstring
    (`outer.inner` for a nested one); `{{ trainer/pipeline.py [load] }}` are the lines between the comments `# [load]`
    and `# [/load]`. Raises LessonError if there is no such part.
    """
    if "{{" not in line and "}}" not in line:
        return None
    if (found := _DIRECTIVE.fullmatch(line.strip())) is None:
        raise LessonError(f"not a directive: {line!r}")
    file, part = found["file"], found["part"]
    source = _source(file)
    numbers = _region(source, part[1:-1]) if part.startswith("[") else _definition(source, part.split("."))
    if not numbers:
        raise LessonError(f"trainer/{file} has no {part}")
    if len(numbers) > LONGEST:
        raise LessonError(f"{part} of trainer/{file} has {len(numbers)} lines, more than {LONGEST}: quote a part of it")
    lines = source.splitlines()
    code = dedent("\n".join(lines[number - 1] for number in numbers))
    return Quote(f"trainer/{file}", part, _TO_TOOLS.sub("", code), tuple(numbers))


@cache
def _source(file: str) -> str:
    spec = importlib.util.find_spec("trainer")
    for folder in (spec and spec.submodule_search_locations) or ():
        if (path := Path(folder, file)).is_file():
            return path.read_text(encoding="utf-8")
    raise LessonError(f"there is no trainer/{file}")


def _region(source: str, name: str) -> list[int]:
    """The numbers of its lines, without comments that mark regions; none if it is missing."""
    lines = [line.strip() for line in source.splitlines()]
    begin, end = f"# [{name}]", f"# [/{name}]"
    if (lines.count(begin), lines.count(end)) != (1, 1):
        return []
    inside = range(lines.index(begin) + 2, lines.index(end) + 1)
    return [number for number in inside if not re.fullmatch(r"# \[/?[a-z-]+\]", lines[number - 1])]


def _definition(source: str, path: Sequence[str]) -> list[int]:
    """The numbers of its lines, see `_lines`; none if it is missing."""
    body: Sequence[ast.stmt] = ast.parse(source).body
    found: ast.stmt | None = None
    for name in path:
        found = next((statement for statement in body if _names(statement) == name), None)
        body = found.body if isinstance(found, _Definition) else ()
    return _lines(source.splitlines(), found) if found else []


def _names(statement: ast.stmt) -> str | None:
    """The name that a statement defines, if it defines one."""
    if isinstance(statement, _Definition):
        return statement.name
    if isinstance(statement, ast.AnnAssign):
        target = statement.target
    elif isinstance(statement, ast.Assign):
        target = statement.targets[0]
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def _lines(lines: Sequence[str], statement: ast.stmt) -> list[int]:
    """The numbers of its lines from the first decorator on, comments included, without the docstring."""
    first, last, left_out = statement.lineno, statement.end_lineno or statement.lineno, range(0)
    if isinstance(statement, _Definition):
        first = min([first, *(decorator.lineno for decorator in statement.decorator_list)])
        if ast.get_docstring(statement, clean=False) is not None and len(statement.body) > 1:
            left_out = range(statement.body[0].lineno, _code_after_docstring(lines, statement.body[0]))
    return [number for number in range(first, last + 1) if number not in left_out]


def _code_after_docstring(lines: Sequence[str], docstring: ast.stmt) -> int:
    number = (docstring.end_lineno or docstring.lineno) + 1
    while not lines[number - 1].strip():
        number += 1
    return number
