"""A question as one person sees it: filled with the facts of their run, its options in an order of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from bot.questions.bank import Question
from bot.questions.choices import Choice, choices_of
from bot.questions.facts import Fact, Facts
from bot.questions.template import Number, Order, facts_named
from bot.questions.typed import TypedUnit
from bot.texts import texts
from trainer.language import Language

Kind = Literal["one", "picture", "all", "number", "order"]
KEYS: Final = "ABCD"


@dataclass(frozen=True)
class Option:
    """One option as it is shown."""

    key: str  # A ... D
    text: str
    right: bool
    misconception: str | None
    image: str = ""  # see Choice


@dataclass(frozen=True)
class Expected:
    """The number to type, right within `tolerance`; `wrong` are pairs of a misconception and its number."""

    fact: Fact
    unit: TypedUnit
    tolerance: float
    wrong: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Asked:
    """A question in one language. `ask` is Markdown without the options; `why` explains the right answer.

    `right` are the keys of the right options in the order of the keys, for `order` in the right order, "" for a
    number. `otherwise` is the misconception of a wrong order, or of a number that stands for no other one.
    """

    id: str
    step: str
    kind: Kind
    language: Language
    ask: str
    options: tuple[Option, ...]
    right: str
    why: str
    expected: Expected | None = None
    otherwise: str | None = None

    @property
    def hint(self) -> str:
        """How it is answered."""
        return texts()(self.language, f"question.{self.kind}")

    @property
    def text(self) -> str:
        """All of it: the question, its options and the hint."""
        options = "\n".join(f"- **{option.key}** {option.text}" for option in self.options)
        return "\n\n".join(part for part in (self.ask, options, self.hint) if part)


def can_ask(question: Question, facts: Facts) -> bool:
    """Whether the run decides the question: its facts are there, and its options differ."""
    return facts_named(question.template) <= facts.keys() and choices_of(question.template, facts) is not None


def asked(question: Question, facts: Facts, seed: str, language: Language) -> Asked:
    """The question; the same run and seed give the same keys, in every language and after a restart.

    ValueError if it cannot be asked with these facts.
    """
    template = question.template
    if not can_ask(question, facts):
        raise ValueError(f"{question.id} cannot be asked with these facts")
    choices = choices_of(template, facts) or ()
    order = _shuffled(choices, f"{seed}/{question.id}")
    options = tuple(
        Option(key, one.words.filled(language, facts), one.right, one.misconception, one.image)
        for key, one in zip(KEYS, (choices[place] for place in order), strict=False)
    )
    if isinstance(template, Order):
        right = "".join(KEYS[order.index(place)] for place in range(len(choices)))
    else:
        right = "".join(option.key for option in options if option.right)
    say = texts()
    parts = [
        say(language, "classroom.practice") if question.needs_run and facts["dataset"].value == "practice" else "",
        template.ask.filled(language, facts),
    ]
    return Asked(
        id=question.id,
        step=question.step,
        kind=template.kind,
        language=language,
        ask="\n\n".join(part for part in parts if part),
        options=options,
        right=right,
        why=template.why.filled(language, facts),
        expected=_expected(template, facts) if isinstance(template, Number) else None,
        otherwise=template.otherwise if isinstance(template, Number | Order) else None,
    )


def _shuffled(choices: Sequence[Choice], salt: str) -> list[int]:
    """Places of the choices in an order that `salt` decides; by a digest, because it has to stay the same for ever."""
    return sorted(range(len(choices)), key=lambda place: sha256(f"{salt}/{place}".encode()).digest())


def _expected(template: Number, facts: Facts) -> Expected:
    def fact(value: str | float) -> Fact:
        return facts[value] if isinstance(value, str) else Fact(template.unit, value)

    wrong = {
        because: value for because, value in template.wrong.items() if not isinstance(value, str) or value in facts
    }
    numbers = tuple((because, float(fact(value).value)) for because, value in wrong.items())
    return Expected(fact(template.answer), template.unit, template.tolerance, numbers)
