"""Questions as they are put to a learner: which one is next, how it is shown, and what an answer to it says."""

import asyncio
import logging
from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Final

from bot.classroom.answer import Action, Answer, Asks, Picture
from bot.classroom.course.way import Purpose
from bot.classroom.learner import Learner
from bot.classroom.runs import Runs
from bot.errors import ClassroomError
from bot.exercises import Exercises
from bot.questions import Asked, Facts, Judgement, Question, asked, bank, can_ask, facts_of, judge
from bot.store import AskedRow, CourseStore
from bot.texts import texts
from trainer.errors import TutorError
from trainer.runs.folder import Run

_FIELDS: Final = {"one": "one", "picture": "one", "all": "all", "order": "order", "number": "number"}
_log = logging.getLogger(__name__)


class Questions:
    """Puts questions of the bank to learners and judges what they answer."""

    def __init__(self, runs: Runs, rows: CourseStore, exercises: Exercises) -> None:
        self._runs, self._rows, self._exercises = runs, rows, exercises

    async def own_facts(self, learner: Learner) -> tuple[str, Facts]:
        """The learner's newest run and its facts; "" and none without a run that can be read."""
        try:
            run = await self._runs.newest_own(learner)
            return (run.path.name, await _facts(run)) if run else ("", {})
        except TutorError as error:
            _log.warning("no facts of an own run: %s", error)
            return "", {}

    async def put(
        self, learner: Learner, purpose: Purpose, question: Question, own: tuple[str, Facts], at: datetime
    ) -> AskedRow:
        """Ask a question; if the learner has been asked it and has not answered, that row is used again."""
        run_id = own[0] if question.needs_run else ""
        before = await self._rows.open_question(learner.id, purpose=purpose, question_id=question.id, run_id=run_id)
        if before is not None:
            return before
        row = AskedRow(learner_id=learner.id, question_id=question.id, purpose=purpose, asked_at=at, run_id=run_id)
        return await self._rows.ask(row, learner.language)

    async def show(self, row: AskedRow, learner: Learner, heading: str, chosen: str = "") -> Answer:
        """A question with its buttons; `chosen`: letters, where several can be chosen. Raises what `judged` does."""
        filled = await self._filled(row, learner)
        actions = tuple(_buttons(row.id, filled, chosen, learner))
        letters = ", ".join(chosen)
        said = texts()(learner.language, "course.chosen", letters=letters) if chosen else ""
        press = Action("type", texts()(learner.language, "course.answer"), target=str(row.id))
        options = tuple((option.key, option.text) for option in filled.options)
        asks = Asks(press, _FIELDS[filled.kind], options, filled.hint)  # type: ignore[arg-type] a value of the literal
        text = "\n\n".join(part for part in (heading, filled.ask, said) if part)
        return Answer(text, await self._images(row, filled), actions, asks=asks)

    async def _images(self, row: AskedRow, filled: Asked) -> tuple[Picture, ...]:
        """The images that are the options, if they are; none if they cannot be drawn: the options say what they are."""
        images = tuple(option.image for option in filled.options)
        if not all(images) or not images:
            return ()
        try:
            drawn = await self._exercises.draw_options(images, row.id, filled.language)
        except TutorError as error:
            _log.warning("no images for the question %s: %s", filled.id, error)
            return ()
        return (Picture(f"options-{row.id}.png", drawn, " · ".join(f"{one.key} {one.text}" for one in filled.options)),)

    async def judged(self, row: AskedRow, learner: Learner, given: str) -> Judgement:
        """What an answer deserves.

        Raises ClassroomError `question_gone` for a question that this version does not have, `question_run_gone` when
        the run it is about was deleted, `answer_one`, `answer_all`, `answer_order`, `answer_number`.
        """
        return judge(await self._filled(row, learner), given)

    async def _filled(self, row: AskedRow, learner: Learner) -> Asked:
        question = bank().questions.get(row.question_id)
        if question is None:
            raise ClassroomError("question_gone")
        facts = await self._facts_of(learner, row.run_id) if question.needs_run else {}
        if not can_ask(question, facts):
            raise ClassroomError("question_run_gone")
        return asked(question, facts, str(row.id), learner.language)

    async def _facts_of(self, learner: Learner, run_id: str) -> Facts:
        try:
            chosen = await self._runs.answered(learner, run_id)
        except ClassroomError:
            return {}
        return await _facts(chosen.run)


def choose(
    candidates: Iterable[Question], facts: Facts, learner: Learner, answered: Collection[str] = ()
) -> list[Question]:
    """The questions that can be asked and are not answered, in the learner's own order, one about their run first."""
    left = [one for one in candidates if one.id not in answered and can_ask(one, facts)]
    left.sort(key=lambda one: sha256(f"{learner.id}/{one.id}".encode()).digest())
    own = [one for one in left if one.needs_run][:1]
    return own + [one for one in left if one not in own]


def _buttons(row_id: int, filled: Asked, chosen: str, learner: Learner) -> Iterable[Action]:
    say = texts()
    if filled.kind == "number":
        yield Action("type", say(learner.language, "course.answer"), target=str(row_id), typed="…")
        return
    for option in filled.options:
        letter = option.key.lower()
        if filled.kind in ("one", "picture"):
            yield Action("answer", option.key, target=f"{row_id}-{letter}", typed=letter)
        else:
            changed = chosen.replace(option.key, "") if option.key in chosen else chosen + option.key
            mark = f"{option.key} ✓" if option.key in chosen else option.key
            yield Action("choose", mark, target=f"{row_id}-{changed.lower()}")
    if filled.kind in ("all", "order"):
        complete = bool(chosen) if filled.kind == "all" else len(chosen) == len(filled.options)
        send = say(learner.language, "course.send")
        yield Action("answer", send, target=f"{row_id}-{chosen.lower()}", enabled=complete, typed="…")


async def _facts(run: Run) -> Facts:
    return await asyncio.to_thread(facts_of, run)
