"""A learner who walks through the whole course over the classroom's use cases."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.classroom import Action, Answer, Classroom, Learner, Training
from bot.commands import BUTTONS, COMMANDS, Reply, Request
from bot.questions import Asked, asked, bank, facts_of
from bot.store import CourseStore, Store
from trainer.runs.folder import find_run_by_id


@dataclass(frozen=True)
class Uploaded:
    async def read(self) -> bytes:
        return b"picture"


@dataclass
class Walk:
    """Presses buttons; `shown` collects each answer with the command that gave it."""

    classroom: Classroom
    store: Store
    home: Any
    learner: Learner
    shown: list[tuple[str, Answer]] = field(default_factory=list)

    async def give(self, name: str, **options: Any) -> Reply:
        """Run a command."""
        reply = await COMMANDS[name].run(self.classroom, Request(self.learner), **options)
        if isinstance(reply, Answer):
            self.shown.append((name, reply))
        return reply

    async def said(self, name: str, **options: Any) -> Answer:
        """What a command that does not train says."""
        reply = await self.give(name, **options)
        assert isinstance(reply, Answer)
        return reply

    async def press(self, answer: Answer, kind: str, given: Any = None) -> Reply:
        """Press the first button of that kind."""
        action = button(answer, kind)
        one = BUTTONS[action.kind]
        return await self.give(one.command, **one.options(action.target, given))

    async def question(self) -> Asked:
        """The question that was put last, with what is right."""
        row = await CourseStore(self.store).open_question(self.learner.id)
        assert row is not None
        facts = facts_of(find_run_by_id(self.home, row.run_id)) if row.run_id else {}
        return asked(bank().questions[row.question_id], facts, str(row.id), self.learner.language)

    async def answer(self, *, right: bool = True) -> Answer:
        """Answer the question that was put last."""
        return await self.said("answer", given=given(await self.question(), right=right))

    async def until(self, kinds: Mapping[str, Any] | None = None, *, right: bool = True) -> Answer:
        """Go on until something is offered that is not answered here: questions are, and steps are left out."""
        while True:
            answer = await self.said("learn")
            actions = {action.kind for action in answer.actions}
            if kinds and actions & set(kinds):
                return answer
            if answer.asks is not None and answer.asks.press.kind == "type":
                await self.answer(right=right)
            elif "skip" in actions:
                if "explain" in actions:  # the offer to do it; before it, the lesson's card
                    await self.press(answer, "skip")
            elif "learn" in actions:
                await self.press(answer, "learn")
            else:
                return answer


def button(answer: Answer, kind: str) -> Action:
    """The first button of that kind."""
    return next(action for action in answer.actions if action.kind == kind)


def given(question: Asked, *, right: bool) -> str:
    """A right answer as it is typed, or a wrong one."""
    if question.expected is not None:
        value = float(question.expected.fact.value)
        return f"{value if right else value + 7 + 10 * question.expected.tolerance:.4f}"
    if question.kind == "order":
        return question.right if right else question.right[::-1]
    if question.kind == "all":
        return question.right if right else "".join({"A", "B", "C", "D"} - set(question.right))
    return question.right if right else next(option.key for option in question.options if not option.right)


def trained(reply: Reply) -> Training:
    """The training that a command has begun."""
    assert isinstance(reply, Training)
    return reply
