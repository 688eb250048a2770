"""The answer to a question: passages of the lessons and the glossary, and figures of the person's own run."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Final

from bot.classroom.answer import Action, Answer
from bot.classroom.learner import Learner
from bot.classroom.own_figures import own_figures
from bot.classroom.runs import Runs
from bot.errors import ClassroomError
from bot.lessons import lesson
from bot.rewording import Rewording
from bot.search import Found, Passage, Search, passages
from bot.search.passages import GLOSSARY
from bot.texts import texts
from trainer.errors import TutorError
from trainer.language import Language

LONGEST: Final = 300  # characters of a question
FIRST_PASSAGES: Final = 3  # quoted of the most relevant step; of the others one each, if it is among the first
NEAR: Final = 5  # of all passages
MOST_FIGURES: Final = 2
_log = logging.getLogger(__name__)


async def ask(
    runs: Runs, search: Search, learner: Learner, question: str, rewording: Rewording | None = None
) -> Answer:
    """What answers the question, the most relevant step first; a sentence if the course does not answer it.

    rewording: says the passages of the most relevant step in other words, above all others.

    Raises ClassroomError `question_empty`, `question_too_long`, PictureProcessError `search_failed`.
    """
    question, language = question.encode("utf-8", "replace").decode().strip(), learner.language  # lone surrogates: ?
    if not any(character.isalnum() for character in question):
        raise ClassroomError("question_empty")
    if len(question) > LONGEST:
        raise ClassroomError("question_too_long", most=LONGEST, length=len(question))
    found = await search.find(question)
    if found.outside:
        return Answer(texts()(language, "ask.outside"), actions=_actions(found.steps[:1], language))
    parts: list[str] = []
    offers: tuple[Action, ...] = ()
    if found.figures:
        figures, offers = await _own(runs, learner, found, language)
        parts += figures
    quoted = await asyncio.to_thread(_quoted, found, language)
    if rewording and found.steps:
        reworded = await rewording.reword(_first(found, language), language)
        parts[:0] = [reworded] if reworded else []
    return Answer("\n\n".join([*parts, *quoted]), actions=(*_actions(found.steps, language), *offers))


async def _own(runs: Runs, learner: Learner, found: Found, language: Language) -> tuple[list[str], tuple[Action, ...]]:
    """What the person's newest run says about the question; without a run the offer to train."""
    try:
        run = await runs.newest_own(learner)
        if run is None:
            offer = Action("train", texts()(language, "classroom.train"))
            return [texts()(language, "ask.no_run")], (offer,)
        return [await asyncio.to_thread(own_figures, run, found.figures[:MOST_FIGURES], language)], ()
    except TutorError as error:  # a locked database, a damaged run: the passages answer all the same
        _log.warning("%s", error)
        return [error.sentence(language)], ()


def _quoted(found: Found, language: Language) -> Iterable[str]:
    """The passages below the titles of their steps, in the order of the steps."""
    known = passages(language)
    for place, step in enumerate(found.steps):
        near = found.passages[:NEAR] if place else found.passages
        of_step = [known[key] for key in near if known[key].step == step][: 1 if place else FIRST_PASSAGES]
        if of_step:
            yield f"### {lesson(step, language).title}"
        yield from (_text(passage, language) for passage in of_step)


def _first(found: Found, language: Language) -> list[str]:
    """The passages of the most relevant step that are quoted."""
    known = passages(language)
    return [known[key].text for key in found.passages if known[key].step == found.steps[0]][:FIRST_PASSAGES]


def _text(passage: Passage, language: Language) -> str:
    """A paragraph as it stands in its lesson; an entry of the glossary with its term."""
    if passage.key.startswith(GLOSSARY):
        return texts()(language, "ask.term", term=passage.names[0], text=passage.text)
    return passage.text


def _actions(steps: Sequence[str], language: Language) -> tuple[Action, ...]:
    """A button for each step, named by its title."""
    return tuple(Action("explain", f"📖 {lesson(step, language).title}", target=step) for step in steps)
