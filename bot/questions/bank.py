"""The questions and misconceptions of the files in this folder, checked when they are first read."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.questions.choices import choices_of
from bot.questions.facts import UNITS
from bot.questions.template import (
    TEMPLATE,
    Misconception,
    Number,
    Template,
    facts_named,
    facts_offered,
    misconceptions_of,
)
from trainer import STEPS

FOLDER: Final = Path(__file__).parent


class QuestionError(ValueError):
    """An error in a file of questions: names the file and the question; the tests find it before a learner does."""


@dataclass(frozen=True)
class Question:
    """One question of a step; `needs_run`: it is about figures of a run."""

    id: str  # unique among all steps, kept in databases: never used again for another question
    step: str
    template: Template

    @property
    def needs_run(self) -> bool:
        """Whether it can be asked only with the facts of a run."""
        return bool(facts_named(self.template))


class Pair(BaseModel):
    """The ids of two questions of one kind about the same idea: one for before the course, one for after it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    before: str
    after: str


@dataclass(frozen=True)
class Bank:
    """All questions by id, in the order of the steps, all misconceptions by id, and the pairs in their order."""

    questions: Mapping[str, Question]
    misconceptions: Mapping[str, Misconception]
    pairs: tuple[Pair, ...]


@cache
def bank() -> Bank:
    """The questions of all steps; QuestionError for a mistake in a file."""
    return read_bank(FOLDER)


def read_bank(folder: Path) -> Bank:
    """Read `misconceptions.toml`, `steps/<step>.toml` and `pairs.toml` of a folder; QuestionError."""
    misconceptions: dict[str, Misconception] = {}
    for name, table in _tables(folder / "misconceptions.toml"):
        try:
            misconceptions[name] = Misconception.model_validate(table)
        except ValidationError as error:
            raise _located(folder / "misconceptions.toml", name, _first(error)) from None
    questions: dict[str, Question] = {}
    for step in STEPS:
        path = folder / "steps" / f"{step}.toml"
        for name, table in _tables(path):
            if name in questions:
                raise _located(path, name, f"is a question of {questions[name].step} too")
            try:
                questions[name] = Question(name, step, TEMPLATE.validate_python(table))
            except ValidationError as error:
                raise _located(path, name, _first(error)) from None
            if problem := _problem(questions[name], misconceptions):
                raise _located(path, name, problem)
    pairs = _pairs(folder / "pairs.toml", questions)
    return Bank(MappingProxyType(questions), MappingProxyType(misconceptions), pairs)


def _pairs(path: Path, questions: Mapping[str, Question]) -> tuple[Pair, ...]:
    """The pairs of the file; QuestionError for a question that is unknown, in two places, or unlike its partner."""
    pairs: list[Pair] = []
    met: set[str] = set()
    for name, tables in _tables(path):
        if name != "pair" or not isinstance(tables, list):
            raise _located(path, name, "is not a [[pair]]")
        for number, table in enumerate(tables, 1):
            try:
                pair = Pair.model_validate(table)
            except ValidationError as error:
                raise _located(path, f"pair {number}", _first(error)) from None
            if problem := _pair_problem(pair, questions, met):
                raise _located(path, f"pair {number}", problem)
            met |= {pair.before, pair.after}
            pairs.append(pair)
    return tuple(pairs)


def _pair_problem(pair: Pair, questions: Mapping[str, Question], met: set[str]) -> str:
    """What is wrong with a pair after those with the ids `met`; "" for nothing."""
    for name in (pair.before, pair.after):
        if name not in questions:
            return f"there is no question {name}"
        if questions[name].needs_run:
            return f"{name} is about a run"
        if name in met:
            return f"{name} is in another pair too"
    if pair.before == pair.after:
        return f"{pair.before} is paired with itself"
    kinds = [questions[name].template.kind for name in (pair.before, pair.after)]
    return f"{pair.before} and {pair.after} are of different kinds" if kinds[0] != kinds[1] else ""


def _tables(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        yield from tomllib.loads(path.read_text(encoding="utf-8")).items()
    except (OSError, ValueError) as error:
        raise QuestionError(f"{path.name}: {error}") from None


def _located(path: Path, name: str, problem: str) -> QuestionError:
    return QuestionError(f"{path.name}: {name}: {problem}")


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _problem(question: Question, misconceptions: Mapping[str, Misconception]) -> str:
    """What the single parts of a question do not show; "" for nothing."""
    template = question.template
    if unknown := misconceptions_of(template) - misconceptions.keys():
        return f"there is no misconception {', '.join(sorted(unknown))}"
    if unknown := (facts_named(template) | facts_offered(template)) - UNITS.keys():
        return f"there is no fact {', '.join(sorted(unknown))}"
    if isinstance(template, Number) and isinstance(template.answer, str) and UNITS[template.answer] != template.unit:
        return f"{template.answer} is not in the unit {template.unit}"
    if not question.needs_run and choices_of(template, {}) is None:
        return "two options are equal, or there are fewer than four"
    return ""
