"""The way through the course: five questions, then for each step read, do, answer; five questions again.

What comes next follows from what a learner has read, done and answered; nothing else is kept.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.questions import bank
from bot.store import AskedRow, ProgressRow
from trainer import STEPS

Purpose = Literal[
    "before", "learn", "after", "practice", "do"
]  # why a question was asked; `do`: a part of doing a step
DOING: Final = tuple(step for step in STEPS if step != "intro")  # the steps that can be done
ENOUGH: Final = 2  # questions of a step, if both were answered rightly
MOST: Final = 3


@dataclass(frozen=True)
class Item:
    """What comes next; `number` counts the questions of its kind from 1 on, `of` how many there are at least."""

    kind: Literal["before", "read", "do", "answer", "after", "end"]
    step: str = ""
    question: str = ""  # for before and after
    number: int = 0
    of: int = 0


def next_item(
    progress: Mapping[str, ProgressRow],
    answers: Sequence[AskedRow],
    can_ask_more: Callable[[str], bool],
    undone: Collection[str] = (),
) -> Item:
    """The first thing that is missing.

    answers: in their order. can_ask_more: whether a step has another question that can be asked. undone: steps whose
    doing has failed after all.
    """
    if item := _missing("before", [pair.before for pair in bank().pairs], answers):
        return item
    for step in STEPS:
        row = progress.get(step)
        if row is None:
            return Item("read", step)
        if step in DOING and (row.done_at is None or step in undone):
            return Item("do", step)
        given = of_step(answers, step)
        if not answered_enough(given) and can_ask_more(step):
            return Item("answer", step, number=len(given) + 1, of=max(ENOUGH, len(given) + 1))
    return _missing("after", [pair.after for pair in bank().pairs], answers) or Item("end")


def of_step(answers: Sequence[AskedRow], step: str) -> list[bool]:
    """Whether each answer to a step's questions in the course was right."""
    questions = bank().questions
    return [
        bool(row.right)
        for row in answers
        if row.purpose == "learn" and row.question_id in questions and questions[row.question_id].step == step
    ]


def answered_enough(given: Sequence[bool]) -> bool:
    """Two right answers are enough; if one of them was wrong, a third question follows."""
    return len(given) >= MOST or (len(given) >= ENOUGH and all(given))


def _missing(kind: Literal["before", "after"], wanted: Sequence[str], answers: Sequence[AskedRow]) -> Item | None:
    done = {row.question_id for row in answers if row.purpose == kind}
    left = [question for question in wanted if question not in done]
    if not left:
        return None
    return Item(kind, bank().questions[left[0]].step, left[0], len(wanted) - len(left) + 1, len(wanted))
