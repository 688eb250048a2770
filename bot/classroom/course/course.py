"""The course: reading, doing and answering, step by step; every answer is written at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.classroom.answer import Action, Answer
from bot.classroom.course.doing import Doing, answered_row, share_of
from bot.classroom.course.progress import change_sentence, progress_text
from bot.classroom.course.questions import Questions, choose
from bot.classroom.course.schedule import due, reviewed
from bot.classroom.course.way import DOING, Item, Purpose, next_item
from bot.classroom.learner import Learner
from bot.classroom.runs import Runs
from bot.classroom.training.training import Training
from bot.errors import ClassroomError, StoreError
from bot.exercises import Exercises
from bot.lessons import lesson
from bot.questions import Question, bank
from bot.search.passages import passage_with
from bot.store import AskedRow, CourseStore, ProgressRow, ReviewRow, Store
from bot.texts import texts
from trainer import STEPS

LONGEST_ANSWER: Final = 200  # characters
_FAILED: Final = ("cancelled", "failed", "interrupted")
_PRACTICE: Final = "practice"
_log = logging.getLogger(__name__)
Explain = Callable[[Learner, str], Awaitable[Answer]]


class Course:
    """One course for each learner. Every method raises StoreError if the database fails; nothing is half written."""

    def __init__(self, runs: Runs, store: Store, exercises: Exercises, explain: Explain) -> None:
        """explain: the lesson of a step, which counts as read."""
        self._store, self._explain = store, explain
        self._rows = CourseStore(store)
        self._doing = Doing(exercises, runs, self._rows)
        self._questions = Questions(runs, self._rows, exercises)

    async def learn(self, learner: Learner) -> Answer:
        """What comes next for this learner."""
        progress, answers = await self._rows.progress(learner.id), await self._rows.answers(learner.id)
        own = await self._questions.own_facts(learner)

        def left(step: str) -> list[Question]:
            return choose(_questions_of(step), own[1], learner, {row.question_id for row in answers})

        item = next_item(progress, answers, lambda step: bool(left(step)), await self._undone(progress))
        if item.kind == "read":
            return self._card(await self._explain(learner, item.step), item.step, learner)
        if item.kind == "do":
            return await self._doing.offer(learner, item.step, _place(item.step, learner))
        if item.kind == "end":
            return self._end(learner, answers)
        question = left(item.step)[0] if item.kind == "answer" else bank().questions[item.question]
        purpose: Purpose = "learn" if item.kind == "answer" else item.kind
        row = await self._questions.put(learner, purpose, question, own, _now())
        return await self._questions.show(row, learner, _heading(item, learner))

    async def do(self, learner: Learner, step: str) -> Answer:
        """Run a step and show its real output; ClassroomError `step_unknown`, `step_not_done`."""
        _check(step)
        return await self._doing.do(learner, step)

    async def skip(self, learner: Learner, step: str) -> Answer:
        """Leave out doing a step, and go on."""
        _check(step)
        await self._rows.save_done(learner.id, step, _now(), None)
        return await self.learn(learner)

    async def answer(self, learner: Learner, given: str) -> Answer:
        """Judge an answer: `17-b` to the question with that id, anything else to the newest open one.

        A question that was put to somebody else is asked anew. Raises ClassroomError `no_question`, `question_gone`,
        `answered_already`, `question_run_gone`, `answer_one`, `answer_all`, `answer_order`, `answer_number`.
        """
        row, typed = await self._meant(learner, given)
        if row.learner_id != learner.id:
            return await self._copy(row, learner)
        if row.answered_at is not None:
            raise ClassroomError("answered_already")
        if row.purpose == "do":
            return await self._doing.answered(row, learner, typed)
        judgement = await self._questions.judged(row, learner, typed)
        await self._save(row, typed, right=judgement.right, misconception=judgement.misconception or "")
        text = judgement.text
        if judgement.passage:
            quoted = await asyncio.to_thread(passage_with, judgement.step, judgement.passage, learner.language)
            text = f"{text}\n\n> {quoted}"
        actions = [await self._go_on(row, learner)]
        if not judgement.right:
            actions.append(Action("explain", f"📖 {lesson(judgement.step, learner.language).title}", judgement.step))
        if row.purpose in ("before", "after"):
            answers = await self._rows.answers(learner.id)
            text = "\n\n".join(part for part in (text, change_sentence(answers, learner.language)) if part)
        return Answer(text, actions=tuple(actions), tone="good" if judgement.right else "warning")

    async def choose(self, learner: Learner, target: str) -> Answer:
        """The question again with the chosen letters, `17-ac`; errors as for `answer`."""
        row, letters = await self._meant(learner, target)
        if row.learner_id != learner.id:
            return await self._copy(row, learner)
        if row.answered_at is not None:
            raise ClassroomError("answered_already")
        return await self._questions.show(row, learner, "", letters.upper())

    async def practice(self, learner: Learner) -> Answer:
        """The next question that is due again, the missed ones first."""
        rows, at = await self._rows.reviews(learner.id), _now()
        own = await self._questions.own_facts(learner)
        waiting = [row for row in _missed_first(due(rows, at)) if row.question_id in bank().questions]
        say, language = texts(), learner.language
        for review in waiting:
            question = bank().questions[review.question_id]
            if choose([question], own[1], learner):
                row = await self._questions.put(learner, _PRACTICE, question, own, at)
                heading = say(language, "course.practice", count=len(waiting), step=_title(question.step, learner))
                return await self._questions.show(row, learner, heading)
        action = Action("learn", say(language, "course.go_on"))
        later = [row.due_at for row in rows if row not in waiting]
        if not later:
            return Answer(say(language, "course.nothing_missed"), actions=(action,))
        when = max(min(later), at).astimezone()
        return Answer(
            say(language, "course.nothing_due", count=len(later), when=f"{when:%Y-%m-%d %H:%M}"), actions=(action,)
        )

    async def progress(self, learner: Learner) -> Answer:
        """The learner's own way: steps read, done, answered; what is due."""
        progress, answers = await self._rows.progress(learner.id), await self._rows.answers(learner.id)
        count = len(due(await self._rows.reviews(learner.id), _now()))
        say, language = texts(), learner.language
        actions = [Action("learn", say(language, "course.go_on"))]
        if count:
            actions.append(Action("practice", say(language, "course.practise")))
        return Answer(progress_text(progress, answers, count, language), actions=tuple(actions))

    async def guess(self, learner: Learner, typed: str, start: Callable[[float], Awaitable[Training]]) -> Training:
        """A training whose test accuracy was guessed; `start` gets the guess. ClassroomError `guess_number`."""
        share = share_of(typed)
        training = await start(share)
        await self.note_done(learner, "train", {"guess": share, "run": training.state.run_id})
        return training

    async def note_predicted(self, learner: Learner) -> None:
        """Note that a picture was classified: whoever has read the lesson has done the step."""
        try:
            await self.note_done(learner, "predict", {})
        except StoreError as error:  # the answer is shown all the same
            _log.warning("%s", error)

    async def note_done(self, learner: Learner, step: str, outcome: dict[str, Any]) -> None:
        """Note that a step was done outside of the course, if its lesson was read."""
        await self._rows.save_done(learner.id, step, _now(), outcome)

    async def _meant(self, learner: Learner, given: str) -> tuple[AskedRow, str]:
        """The question that is answered, and the answer."""
        number, dash, rest = given.partition("-")
        if dash and number.isdecimal() and len(number) <= 12:  # noqa: PLR2004 fits any database
            row = await self._rows.asked(int(number))
            if row is None:
                raise ClassroomError("question_gone")
            return row, rest.strip()[:LONGEST_ANSWER]
        row = await self._rows.open_question(learner.id)
        if row is None:
            raise ClassroomError("no_question")
        return row, given.strip()[:LONGEST_ANSWER]

    async def _copy(self, row: AskedRow, learner: Learner) -> Answer:
        """The question of somebody else, put to this learner about their own run."""
        question = bank().questions.get(row.question_id)
        if question is None:  # a part of doing a step: everybody has their own
            raise ClassroomError("question_of_another")
        own = await self._questions.own_facts(learner)
        if not choose([question], own[1], learner):
            raise ClassroomError("question_of_another_run")
        mine = await self._questions.put(learner, _PRACTICE, question, own, _now())
        return await self._questions.show(mine, learner, texts()(learner.language, "course.your_copy"))

    async def _save(self, row: AskedRow, given: str, *, right: bool, misconception: str) -> None:
        known = await self._rows.review(row.learner_id, row.question_id)
        review = reviewed(known, row.learner_id, row.question_id, right=right, at=_now())
        if not await self._rows.save_answer(answered_row(row, given, right=right, misconception=misconception), review):
            raise ClassroomError("answered_already")

    async def _go_on(self, row: AskedRow, learner: Learner) -> Action:
        say, language = texts(), learner.language
        if row.purpose != _PRACTICE:
            return Action("learn", say(language, "course.next"))
        left = len(due(await self._rows.reviews(learner.id), _now()))
        if left:
            return Action("practice", say(language, "course.next_due", count=left))
        return Action("learn", say(language, "course.go_on"))

    async def _undone(self, progress: dict[str, ProgressRow]) -> Sequence[str]:
        """`train` if the training that was started for it has no result."""
        row = progress.get("train")
        run_id = str((row.outcome or {}).get("run", "")) if row else ""
        run = await self._store.run(run_id) if run_id else None
        return ["train"] if run is not None and run.status in _FAILED else []

    def _card(self, card: Answer, step: str, learner: Learner) -> Answer:
        say, language = texts(), learner.language
        if step in DOING:
            actions = (self._doing.action(step, learner), Action("skip", say(language, "course.skip"), step))
        else:
            actions = (Action("learn", say(language, "course.to_questions")),)
        return replace(card, text=f"{_place(step, learner)}\n\n{card.text}", actions=actions)

    def _end(self, learner: Learner, answers: Sequence[AskedRow]) -> Answer:
        say, language = texts(), learner.language
        text = "\n\n".join((say(language, "course.end"), change_sentence(answers, language)))
        actions = (
            Action("practice", say(language, "course.practise")),
            Action("train", say(language, "classroom.train_again")),
        )
        return Answer(text, actions=actions, tone="good")


def _check(step: str) -> None:
    if step not in DOING:
        key = "step_not_done" if step in STEPS else "step_unknown"
        raise ClassroomError(key, step=step[:40], steps=", ".join(DOING))


def _questions_of(step: str) -> list[Question]:
    """Those that may be asked within a step: not those before and after the course."""
    paired = {question for pair in bank().pairs for question in (pair.before, pair.after)}
    return [one for one in bank().questions.values() if one.step == step and one.id not in paired]


def _missed_first(rows: Sequence[ReviewRow]) -> list[ReviewRow]:
    """Those whose last answer that counts was wrong before the others (FSRS: not in the state `Review`, which is 2)."""
    return sorted(rows, key=lambda row: (row.card["state"] == 2, row.due_at))  # noqa: PLR2004


def _heading(item: Item, learner: Learner) -> str:
    """Where the learner is: of which questions this is one."""
    say, language = texts(), learner.language
    count = say(language, "course.question", number=item.number, of=item.of)
    if item.kind == "answer":
        return f"{_place(item.step, learner)} · {count}"
    said = say(language, f"course.{item.kind}") if item.number == 1 else ""
    return "\n\n".join(part for part in (said, f"**{count}**") if part)


def _place(step: str, learner: Learner) -> str:
    values = {"number": STEPS.index(step) + 1, "of": len(STEPS), "title": _title(step, learner)}
    return texts()(learner.language, "course.place", **values)


def _title(step: str, learner: Learner) -> str:
    return lesson(step, learner.language).title


def _now() -> datetime:
    return datetime.now(UTC)
