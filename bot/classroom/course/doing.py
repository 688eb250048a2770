"""Doing a step of the tutorial: what is offered, what is really run, and what came of it."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.classroom.answer import Action, Answer, Asks
from bot.classroom.course.progress import way_in_figures
from bot.classroom.exercise import exercise, handful
from bot.classroom.learner import Learner
from bot.classroom.runs import Runs
from bot.errors import ClassroomError
from bot.exercises import EXERCISES, Exercises
from bot.lessons import lesson
from bot.questions.typed import letters, numbers
from bot.store import AskedRow, CourseStore
from bot.texts import texts
from trainer.language import class_name

_KEYS: Final = "ABCD"
_WHOLE: Final = 100.0  # percent


class Doing:
    """The steps that can be done; what was done is written at once."""

    def __init__(self, exercises: Exercises, runs: Runs, rows: CourseStore) -> None:
        self._exercises, self._runs, self._rows = exercises, runs, rows

    async def offer(self, learner: Learner, step: str, place: str) -> Answer:
        """What is to be done in a step, with the button that does it; `summary` is done by being shown."""
        say, language = texts(), learner.language
        if step == "summary":
            return await self.do(learner, step)
        asks = None
        if step == "train":
            hint = say(language, "course.guess_hint")
            asks = Asks(Action("guess", say(language, "course.guess")), "number", hint=hint)
        text = f"{place}\n\n{say(language, f'course.do.{step}')}"
        card = Action("explain", f"📖 {lesson(step, language).title}", target=step)
        return Answer(text, actions=(self.action(step, learner), self._skip(step, learner), card), asks=asks)

    def action(self, step: str, learner: Learner) -> Action:
        """The button that does a step."""
        say, language = texts(), learner.language
        if step == "train":
            return Action("guess", say(language, "course.guess"), typed="…")
        if step == "predict":
            return Action("upload", say(language, "course.upload"), typed="image:…")
        return Action("do", say(language, "course.do_it"), target=step)

    async def do(self, learner: Learner, step: str) -> Answer:
        """Run a step. Raises what Exercises.run does."""
        say, language = texts(), learner.language
        if step in ("train", "predict"):
            return await self.offer(learner, step, f"**{lesson(step, language).title}**")
        if step == "summary":
            return await self._summary(learner)
        seed = random.randrange(2**31)  # noqa: S311 nobody gains by guessing which images are drawn
        if step == "explore":
            return await self._ask_label(learner, seed)
        run = await self._runs.newest_own(learner) if step == "evaluate" else None
        shown = await exercise(self._exercises, step, seed, learner, run)
        if step == "evaluate" and run is None:
            return replace(shown, actions=(*shown.actions, self._skip(step, learner)))
        await self._save(learner, step, {"seed": seed})
        again = (Action("do", say(language, "course.again"), target=step),) if step in EXERCISES else ()
        return replace(shown, actions=(Action("learn", say(language, "course.to_questions")), *again))

    async def answered(self, row: AskedRow, learner: Learner, given: str) -> Answer:
        """The classes of the images that `do` has asked about; ClassroomError `answer_one`, `answered_already`."""
        say, language = texts(), learner.language
        options: Sequence[int] = row.detail["options"]
        named = {class_name(one, label).casefold(): _KEYS[place]
                 for place, label in enumerate(options) for one in ("en", "zh-CN")}  # fmt: skip
        chosen = named.get(given.casefold(), letters(given))
        if len(chosen) != 1 or _KEYS.index(chosen) >= len(options):
            raise ClassroomError("answer_one", keys=", ".join(_KEYS[: len(options)]))
        right = options[_KEYS.index(chosen)] == row.detail["right"]
        shown = await exercise(self._exercises, row.question_id, row.detail["seed"], learner, None, revealed=True)
        answered = answered_row(row, given, right=right)
        if not await self._rows.save_answer(answered, None):
            raise ClassroomError("answered_already")
        await self._save(learner, row.question_id, {"seed": row.detail["seed"], "right": right})
        values = {"number": row.detail["asked"], "label": class_name(language, row.detail["right"])}
        verdict = say(language, "course.label_right" if right else "course.label_wrong", **values)
        again = Action("do", say(language, "course.again"), target=row.question_id)
        actions = (Action("learn", say(language, "course.to_questions")), again)
        return replace(shown, text=f"{verdict}\n\n{shown.text}", actions=actions, tone="good" if right else "warning")

    async def show(self, row: AskedRow, learner: Learner) -> Answer:
        """The question about one of five images again."""
        made = await handful(self._exercises, row.detail["seed"], learner)
        say, language = texts(), learner.language
        names = [(key, class_name(language, label)) for key, label in zip(_KEYS, made.options, strict=True)]
        actions = [
            Action("answer", key, target=f"{row.id}-{key.lower()}", typed=key.lower()) for key, _ in names
        ]  # fmt: skip
        press = Action("type", say(language, "course.answer"), target=str(row.id))
        asks = Asks(press, "one", tuple(names), say(language, "question.one"))
        return replace(made.answer, actions=tuple(actions), asks=asks)

    async def _ask_label(self, learner: Learner, seed: int) -> Answer:
        made = await handful(self._exercises, seed, learner)
        detail = {"seed": seed, "asked": made.asked, "options": list(made.options), "right": made.right}
        row = AskedRow(
            learner_id=learner.id, question_id="explore", purpose="do", asked_at=datetime.now(UTC), detail=detail
        )
        return await self.show(await self._rows.ask(row, learner.language), learner)

    async def _summary(self, learner: Learner) -> Answer:
        progress, answers = await self._rows.progress(learner.id), await self._rows.answers(learner.id)
        text = way_in_figures(progress, answers, await self._runs.own(learner), learner.language)
        await self._save(learner, "summary", {})
        say, language = texts(), learner.language
        train = Action("train", say(language, "classroom.train"))
        actions = (Action("learn", say(language, "course.to_questions")), train)
        return Answer(f"{say(language, 'course.do.summary')}\n\n{text}", actions=actions)

    def _skip(self, step: str, learner: Learner) -> Action:
        return Action("skip", texts()(learner.language, "course.skip"), target=step)

    async def _save(self, learner: Learner, step: str, outcome: Mapping[str, Any]) -> None:
        await self._rows.save_done(learner.id, step, datetime.now(UTC), dict(outcome))


def share_of(guess: str) -> float:
    """A typed accuracy, `0.88` or `88 %`, as a share in (0, 1]; ClassroomError `guess_number`."""
    read = numbers(guess[:40], "percent")
    found = max((value for value in read if 0 < value <= _WHOLE), default=None)
    if found is None:
        raise ClassroomError("guess_number")
    return found / _WHOLE


def answered_row(row: AskedRow, given: str, *, right: bool, misconception: str = "") -> AskedRow:
    """A detached copy of a row with its answer."""
    return AskedRow(
        id=row.id, learner_id=row.learner_id, question_id=row.question_id, purpose=row.purpose, asked_at=row.asked_at,
        run_id=row.run_id, detail=row.detail, answered_at=datetime.now(UTC), given=given, right=right,
        misconception=misconception,
    )  # fmt: skip
