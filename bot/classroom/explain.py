"""The lesson of one step, with a picture drawn from the data set and the learner's newest run."""

import asyncio
import logging
from collections import OrderedDict
from pathlib import Path
from typing import Final

from bot.classroom.answer import Action, Answer, Picture
from bot.classroom.learner import Learner
from bot.classroom.runs import Runs
from bot.errors import ClassroomError, StoreError
from bot.lessons import lesson
from bot.pictures.processes import Pictures
from bot.store import Store
from bot.texts import texts
from trainer import STEPS
from trainer.errors import TutorError
from trainer.language import Language

# About 50 kB each. They are kept because drawing takes 0.1 to 0.6 s, and 30 people may open a lesson in one minute.
MOST_PICTURES: Final = 64
_log = logging.getLogger(__name__)


class Lessons:
    """The lessons of the tutorial's steps; the pictures drawn last are kept in memory."""

    def __init__(self, runs: Runs, store: Store, pictures: Pictures) -> None:
        self._runs, self._store, self._pictures = runs, store, pictures
        self._drawn: OrderedDict[tuple[str, Language, Path | None], asyncio.Task[bytes]] = OrderedDict()

    async def explain(self, learner: Learner, step: str) -> Answer:
        """The lesson of `step`; ClassroomError `step_unknown` lists the ten steps."""
        if step not in STEPS:
            raise ClassroomError("step_unknown", step=step[:40], steps=", ".join(STEPS))
        language = learner.language
        one = await asyncio.to_thread(lesson, step, language)
        text, pictures = one.text, ()
        try:
            run = await self._runs.newest_own(learner)
            drawn = await self._draw(step, language, run.path if run else None)
            alt = texts()(language, "classroom.lesson_picture", title=one.title)
            pictures = (Picture(f"{step}.png", drawn, alt),)
        except TutorError as error:  # shown without its picture
            _log.warning("no picture for the lesson %s: %s", step, error)
            text = f"{text}\n\n{texts()(language, 'classroom.no_picture', reason=error.sentence(language))}"
        await self._save_progress(learner, step)
        return Answer(text, pictures=pictures, actions=_actions(step, language))

    async def _draw(self, step: str, language: Language, run: Path | None) -> bytes:
        """The picture; simultaneous and later calls share one drawing."""
        key = (step, language, run)
        if key not in self._drawn:
            self._drawn[key] = asyncio.create_task(self._pictures.draw_lesson(step, language, run))
            while len(self._drawn) > MOST_PICTURES:
                self._drawn.popitem(last=False)
        self._drawn.move_to_end(key)
        try:
            return await asyncio.shield(self._drawn[key])
        except Exception:
            self._drawn.pop(key, None)
            raise

    async def _save_progress(self, learner: Learner, step: str) -> None:
        try:
            await self._store.save_step(learner.id, learner.language, step)
        except StoreError as error:
            _log.warning("%s", error)


def _actions(step: str, language: Language) -> tuple[Action, ...]:
    """Buttons for the previous and the next lesson."""
    here, say = STEPS.index(step), texts()
    back = [Action("back", say(language, "classroom.back"), target=one) for one in STEPS[:here][-1:]]
    forward = [Action("next", say(language, "classroom.next"), target=one) for one in STEPS[here + 1 : here + 2]]
    return (*back, *forward)
