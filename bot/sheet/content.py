"""What the sheet says in one language: every lesson, every question with what its answers stand for, the glossary."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.glossary import Term, glossary
from bot.lessons import Lesson, lesson
from bot.questions import Fact, Facts, Question, bank, can_ask
from bot.questions.choices import Choice
from bot.questions.template import AllThatApply, Number, OneOfFour, Order, Words, facts_named
from trainer import STEPS
from trainer.language import Language

OPEN = Fact("word", "…")  # where the run does not decide a figure


@dataclass(frozen=True)
class Cure:
    """What a wrong answer stands for, what is said to it, and where the lesson `step` says so (`passage`)."""

    belief: str
    cure: str
    step: str
    title: str
    passage: str


@dataclass(frozen=True)
class Line:
    """An option, a typed number, or one of the things in their right order; a right one of several has a cure too."""

    text: str
    right: bool
    cure: Cure | None = None


@dataclass(frozen=True)
class Item:
    """A question. `place` is `before` or `after` the course, or "" within its step.

    answer: the number to type, "" for other kinds. otherwise: what any other number or order stands for.
    decided: the figures are those of the run. spare: there are more wrong options than the three that are offered.
    """

    id: str
    kind: str
    place: str
    needs_run: bool
    decided: bool
    ask: str
    lines: tuple[Line, ...]
    answer: str
    tolerance: float
    otherwise: Cure | None
    spare: bool
    why: str


@dataclass(frozen=True)
class Part:
    """A step of the course; `picture` is the PNG of its lesson."""

    lesson: Lesson
    picture: bytes
    questions: tuple[Item, ...]


@dataclass(frozen=True)
class Edition:
    """The course in one language."""

    language: Language
    parts: tuple[Part, ...]
    terms: tuple[Term, ...]


def edition(language: Language, pictures: Mapping[str, bytes], facts: Facts) -> Edition:
    """The course with the pictures of its lessons, by step, and the facts of a run."""
    parts = (Part(lesson(step, language), pictures[step], tuple(_items(step, language, facts))) for step in STEPS)
    return Edition(language, tuple(parts), glossary(language))


def _items(step: str, language: Language, facts: Facts) -> Iterator[Item]:
    places = {pair.before: "before" for pair in bank().pairs} | {pair.after: "after" for pair in bank().pairs}
    for question in bank().questions.values():
        if question.step == step:
            yield _item(question, places.get(question.id, ""), language, facts)


def _item(question: Question, place: str, language: Language, facts: Facts) -> Item:
    template, decided = question.template, can_ask(question, facts)
    shown = {**dict.fromkeys(facts_named(template), OPEN), **facts}
    lines = tuple(_lines(question, language, shown))
    return Item(
        id=question.id,
        kind=template.kind,
        place=place,
        needs_run=question.needs_run,
        decided=decided,
        ask=template.ask.filled(language, shown),
        lines=lines,
        answer=_number(template, template.answer, language, shown) if isinstance(template, Number) else "",
        tolerance=template.tolerance if isinstance(template, Number) else 0,
        otherwise=_cure(template.otherwise, language) if isinstance(template, Number | Order) else None,
        spare=isinstance(template, OneOfFour) and sum(not line.right for line in lines) > 3,  # noqa: PLR2004
        why=template.why.filled(language, shown),
    )


def _lines(question: Question, language: Language, facts: Facts) -> Iterator[Line]:
    """The answers, the right ones first; a wrong one that looks like one before is left out, as in the question."""
    template = question.template
    seen: set[str] = set()
    if isinstance(template, Number):
        seen.add(_number(template, template.answer, language, facts))
        found = [
            (_number(template, value, language, facts), False, because)
            for because, value in template.wrong.items()
            if not isinstance(value, str) or value in facts
        ]
    else:
        found = [
            (words.filled(language, facts), right, because)
            for words, right, because, _ in _choices(template)
            if words.facts <= facts.keys()
        ]
    for text, right, because in found:
        if right or text not in seen:
            yield Line(text, right, _cure(because, language) if because else None)
        seen.add(text)


def _choices(template: OneOfFour | AllThatApply | Order) -> Iterator[Choice]:
    """All options of the file, also those that are only offered where others are equal."""
    if isinstance(template, OneOfFour):
        yield Choice(template.right, True)
        yield from (Choice(words, False, because) for because, words in template.wrong_options)
    elif isinstance(template, AllThatApply):
        yield from (Choice(words, True, because) for because, words in template.right.items())
        yield from (Choice(words, False, because) for because, words in template.wrong.items())
    else:
        yield from (Choice(words, True) for words in template.items)


def _number(template: Number, value: str | float, language: Language, facts: Facts) -> str:
    return (facts[value] if isinstance(value, str) else Fact(template.unit, value)).shown(language)


def _cure(misconception: str, language: Language) -> Cure:
    known = bank().misconceptions[misconception]

    def said(words: Words) -> str:
        return words.filled(language, {})

    title = lesson(known.step, language).title
    return Cure(said(known.belief), said(known.cure), known.step, title, said(known.passage))
