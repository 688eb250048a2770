"""A question and a misconception as they stand in the files, checked while they are read.

Words are a string for each language, or one string for all; `{name}` in them is a fact of a run. Every wrong option is
keyed by the misconception of those who choose it.
"""

from string import Formatter
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

from bot.questions.facts import Facts
from bot.questions.typed import TypedUnit
from trainer import STEPS
from trainer.language import LANGUAGES, Language

FOUR: Final = 4  # options of a question that is answered with a letter
LONGEST_OPTION: Final = 76  # characters: fits a button of Discord, with its letter


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Words(_Checked):
    """A sentence in every language."""

    texts: dict[Language, str]

    @model_validator(mode="before")
    @classmethod
    def _one_for_all(cls, value: object) -> object:
        return {"texts": dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value}

    @model_validator(mode="after")
    def _complete(self) -> "Words":
        if missing := set(LANGUAGES) - {language for language, text in self.texts.items() if text.strip()}:
            raise ValueError(f"no words in {', '.join(sorted(missing))}")
        if len({_names(text) for text in self.texts.values()}) > 1:
            raise ValueError("the languages do not name the same facts")
        return self

    @property
    def facts(self) -> frozenset[str]:
        """The facts that it names."""
        return _names(self.texts[LANGUAGES[0]])

    def filled(self, language: Language, facts: Facts) -> str:
        """The sentence with its facts; KeyError for one that is missing."""
        return self.texts[language].format_map({name: facts[name].shown(language) for name in self.facts})


def _names(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


class Misconception(_Checked):
    """A wrong belief, what is right instead, and the lesson that says so: its step, and words of the paragraph."""

    belief: Words
    cure: Words
    step: str
    passage: Words

    @model_validator(mode="after")
    def _known_step(self) -> "Misconception":
        if self.step not in STEPS:
            raise ValueError(f"there is no step {self.step}")
        return self


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


class _Question(_Checked):
    ask: Words
    why: Words  # why the right answer is right


class OneOfFour(_Question):
    """One option is right; `picture`: the options are images, and it is asked which one is classified wrongly.

    The images are one of each class that an option names, or, by `images`, one ankle boot in four ways: a word of
    `trainer.exercises.options.WAYS` for `right` and for each misconception.

    The first three of `wrong` that differ from the right option and from each other, as they are shown, are offered.
    A misconception may have a list of options.
    """

    kind: Literal["one", "picture"]
    right: Words
    wrong: dict[str, Annotated[list[Words], BeforeValidator(_listed)]]
    images: dict[str, Literal["same", "shifted", "darker", "inverted"]] = {}

    @property
    def wrong_options(self) -> list[tuple[str, Words]]:
        """Pairs of a misconception and an option, in the order of the file."""
        return [(because, words) for because, options in self.wrong.items() for words in options]


class AllThatApply(_Question):
    """Four options, some of them right; right ones are keyed by the misconception of those who leave them out."""

    kind: Literal["all"]
    right: dict[str, Words] = Field(min_length=1)
    wrong: dict[str, Words] = Field(min_length=1)

    @model_validator(mode="after")
    def _four(self) -> "AllThatApply":
        if len(self.right) + len(self.wrong) != FOUR:
            raise ValueError(f"{len(self.right) + len(self.wrong)} options, not {FOUR}")
        return self


class Number(_Question):
    """A number to type: a fact, or a number of the lessons; right within `tolerance`, in the unit of the answer.

    `wrong` gives numbers that show a misconception; any other number shows `otherwise`.
    """

    kind: Literal["number"]
    answer: str | int | float
    unit: TypedUnit
    tolerance: float = Field(default=0, ge=0)
    wrong: dict[str, str | int | float] = {}
    otherwise: str


class Order(_Question):
    """Three or four things to put in order; `items` stand in the right one. Another order shows `otherwise`."""

    kind: Literal["order"]
    items: list[Words] = Field(min_length=FOUR - 1, max_length=FOUR)
    otherwise: str


Template: TypeAlias = Annotated[OneOfFour | AllThatApply | Number | Order, Field(discriminator="kind")]
TEMPLATE: Final[TypeAdapter[Template]] = TypeAdapter(Template)


def misconceptions_of(template: Template) -> frozenset[str]:
    """The ids of all misconceptions that the question names."""
    if isinstance(template, OneOfFour):
        return frozenset(template.wrong)
    if isinstance(template, AllThatApply):
        return frozenset(template.right) | frozenset(template.wrong)
    if isinstance(template, Number):
        return frozenset((*template.wrong, template.otherwise))
    return frozenset((template.otherwise,))


def facts_named(template: Template) -> frozenset[str]:
    """The facts without which it cannot be asked; wrong options of a question with many are not among them."""
    needed = template.ask.facts | template.why.facts
    if isinstance(template, OneOfFour):
        return needed | template.right.facts
    if isinstance(template, AllThatApply):
        return needed.union(*(words.facts for words in (*template.right.values(), *template.wrong.values())))
    if isinstance(template, Number):
        return needed | ({template.answer} if isinstance(template.answer, str) else set())
    return needed.union(*(words.facts for words in template.items))


def facts_offered(template: Template) -> frozenset[str]:
    """The facts of wrong answers; one that is missing only leaves out that answer."""
    if isinstance(template, OneOfFour):
        return frozenset[str]().union(*(words.facts for _, words in template.wrong_options))
    if isinstance(template, Number):
        return frozenset(value for value in template.wrong.values() if isinstance(value, str))
    return frozenset()
