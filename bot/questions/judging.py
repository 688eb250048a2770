"""Whether an answer is right, and what to say: why it is right, or what cures the misconception behind a wrong one."""

from dataclasses import dataclass
from typing import Final

from bot.errors import ClassroomError
from bot.questions.asking import Asked, Expected, Option
from bot.questions.bank import bank
from bot.questions.typed import letters, numbers
from bot.texts import texts

_ROUNDING: Final = 1e-6


@dataclass(frozen=True)
class Judgement:
    """`text` is Markdown, `step` that of the lesson to read.

    For a wrong answer, `misconception` is the id of the one behind it, and `passage` are a few words of the paragraph
    of the lesson that treats it.
    """

    right: bool
    text: str
    step: str
    misconception: str | None = None
    passage: str = ""


def judge(asked: Asked, given: str) -> Judgement:
    """Judge a typed answer, or the key of a pressed button.

    ClassroomError `answer_one`, `answer_all`, `answer_order`, `answer_number` for one that cannot be read.
    """
    misconception = _number(asked.expected, asked, given) if asked.expected else _options(asked, given)
    say = texts()
    if misconception is None:
        return Judgement(True, say(asked.language, "question.right", why=asked.why), asked.step)
    known = bank().misconceptions[misconception]
    text = say(
        asked.language,
        "question.wrong",
        cure=known.cure.filled(asked.language, {}),
        answer=_answer(asked),
        why=asked.why,
        step=known.step,
    )
    return Judgement(False, text, known.step, misconception, known.passage.texts[asked.language])


def _options(asked: Asked, given: str) -> str | None:
    """The misconception of a wrong answer with letters; None for the right one."""
    same = [option.key for option in asked.options if option.text.casefold() == given.strip().casefold()]
    keys = same[0] if same else letters(given)
    wanted = 1 if asked.kind in ("one", "picture") else len(asked.options)
    unknown = set(keys) - {option.key for option in asked.options}
    complete = len(keys) == wanted or (asked.kind == "all" and len(keys) > 0)
    if unknown or not complete or len(set(keys)) < len(keys):
        kind = "one" if asked.kind == "picture" else asked.kind
        raise ClassroomError(f"answer_{kind}", keys=", ".join(option.key for option in asked.options))
    if asked.kind == "order":
        return None if keys == asked.right else asked.otherwise
    chosen_wrongly = [option for option in asked.options if option.key in keys and not option.right]
    left_out = [option for option in asked.options if option.right and option.key not in keys]
    return _because((chosen_wrongly + left_out)[:1])


def _because(options: list[Option]) -> str | None:
    return options[0].misconception if options else None


def _number(expected: Expected, asked: Asked, given: str) -> str | None:
    """The misconception of a wrong number; None for the right one."""
    read = numbers(given, expected.unit)
    if not read:
        raise ClassroomError("answer_number")

    def meant(value: float) -> bool:
        return any(abs(number - value) <= expected.tolerance + _ROUNDING for number in read)

    if meant(float(expected.fact.value)):
        return None
    return next((because for because, value in expected.wrong if meant(value)), asked.otherwise)


def _answer(asked: Asked) -> str:
    """The right answer as it is shown."""
    if asked.expected:
        return asked.expected.fact.shown(asked.language)
    if asked.kind == "order":
        return " ".join(asked.right)
    texts_of = {option.key: option.text for option in asked.options}
    return " · ".join(f"{key} {texts_of[key]}" for key in asked.right)
