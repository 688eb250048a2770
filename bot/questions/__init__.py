"""The question bank: `steps/<step>.toml`, a file for each of `trainer.STEPS`, and `misconceptions.toml`.

A question stands once, with its words in every language side by side. To add one, add its table; a comment above it
says what it tests. Figures of a run are `{facts}` (see `facts` and `run_facts`), never typed by hand. `template` says
which fields a question has. `pairs.toml` names the questions that are asked before and after the course. A mistake in
a file is an error that names the question.
"""

from bot.questions.asking import Asked, Option, asked, can_ask
from bot.questions.bank import Bank, Pair, Question, QuestionError, bank
from bot.questions.facts import Fact, Facts
from bot.questions.judging import Judgement, judge
from bot.questions.run_facts import facts_of

__all__ = [
    "Asked",
    "Bank",
    "Fact",
    "Facts",
    "Judgement",
    "Option",
    "Pair",
    "Question",
    "QuestionError",
    "asked",
    "bank",
    "can_ask",
    "facts_of",
    "judge",
]
