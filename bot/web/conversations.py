"""The conversations of the visitors: run a command, keep its answer as an article, follow its training."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bot.classroom import Action, Answer, Classroom, Training
from bot.commands import Command, Request
from bot.errors import ClassroomError, StoreError
from bot.store import ArticlePictureRow, PageStore
from bot.web.article import Article, stored_article
from bot.web.people import Visitor
from trainer.language import Language

MOST_ARTICLES: Final = 100  # of one visitor; the oldest are removed
LONGEST_ID: Final = 12  # digits
UPDATE_S: Final = 0.25  # between two states of a training
CLOSING_S: Final = 2.0
_log = logging.getLogger(__name__)


class Conversations:
    """All conversations of the page. `changed(article, visitor)` is called for every new state of an article."""

    def __init__(self, classroom: Classroom, rows: PageStore, changed: Callable[[Article, Visitor], None]) -> None:
        self._classroom, self._rows, self._changed = classroom, rows, changed
        self._live: dict[str, Article] = {}  # trainings that are not over, by run id
        self._following: set[asyncio.Task[None]] = set()
        self._unsaved = 0

    @property
    def live(self) -> list[Article]:
        """The trainings that are not over, oldest first."""
        return list(self._live.values())

    async def answer(
        self, visitor: Visitor, command: Command, options: Mapping[str, Any], asked: str, place: Article | None = None
    ) -> Article | None:
        """Run a command and keep its answer; None if it has none. `place`: the article that it replaces.

        Raises what the use case does.
        """
        reply = await command.run(self._classroom, Request(visitor.learner), **options)
        if reply is None:
            return None
        if isinstance(reply, Answer):
            return await self.show(visitor, command.name, asked, reply, place)
        new = Article(visitor.id, command.name, asked, Answer("")).showing(reply.state, visitor.language)
        article = await self._save(new, visitor.language)
        self._live[reply.state.run_id] = article
        self._follow(reply, article, visitor)
        self._changed(article, visitor)
        return article

    async def show(
        self, visitor: Visitor, command: str, asked: str, answer: Answer, place: Article | None = None
    ) -> Article:
        """Keep an answer as a new article, or in the place of another one."""
        new = place.answered(answer, command, asked) if place else Article(visitor.id, command, asked, answer)
        article = await self._save(new, visitor.language)
        self._changed(article, visitor)
        return article

    async def articles(self, visitor: Visitor) -> list[Article]:
        """The conversation of a visitor, oldest first."""
        found = [stored_article(*one) for one in await self._rows.articles(visitor.id, MOST_ARTICLES)]
        return [await self._settled(article, visitor) for article in found]

    async def offered(self, visitor: Visitor, article_id: str, kind: str, target: str) -> tuple[Article, Action]:
        """The visitor's article with that id, and its button; ClassroomError `article_gone`."""
        known = {str(article.id): article for article in self._live.values() if article.visitor_id == visitor.id}
        article = known.get(article_id)
        if article is None and article_id.isdecimal() and len(article_id) <= LONGEST_ID:
            row = await self._rows.article(int(article_id))
            article = stored_article(row, ()) if row and row.visitor_id == visitor.id else None
        for action in _offered(article.answer) if article else ():
            if (action.kind, action.target) == (kind, target):
                assert article is not None  # noqa: S101 it has the action
                return article, action
        raise ClassroomError("article_gone")

    async def picture(self, visitor: Visitor, article_id: int, position: int) -> ArticlePictureRow | None:
        """A picture of the visitor's own articles."""
        if max(article_id, position) >= 10**LONGEST_ID:
            return None
        return await self._rows.picture(article_id, position, visitor.id)

    async def predicted(self, visitor: Visitor) -> tuple[Action, ...]:
        """The actions below the visitor's last prediction."""
        for article in reversed(await self.articles(visitor)):
            if any(action.kind == "why" for action in article.answer.actions):
                return article.answer.actions
        return ()

    async def cancel(self, run_id: str, everybody: Sequence[Visitor]) -> None:
        """Cancel a training in its owner's place; ClassroomError `cancel_already_over`."""
        article = self._live.get(run_id)
        owner = next((one for one in everybody if article is not None and one.id == article.visitor_id), None)
        if owner is None:
            raise ClassroomError("cancel_already_over")
        await self._classroom.cancel(owner.learner, run_id)

    async def cancel_all(self, visitor: Visitor) -> None:
        """Cancel the trainings of a visitor that are not over."""
        for run_id in [run_id for run_id, article in self._live.items() if article.visitor_id == visitor.id]:
            try:
                await self._classroom.cancel(visitor.learner, run_id)
            except ClassroomError as error:  # it ended at the same moment
                _log.info("%s", error)

    async def close(self) -> None:
        """Wait for the final states of the trainings, which `Classroom.close` has set."""
        if self._following:
            await asyncio.wait(self._following, timeout=CLOSING_S)
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)

    async def _settled(self, article: Article, visitor: Visitor) -> Article:
        """The article as it is now: a training's latest state, also of one whose bot process has ended."""
        if not article.unfinished:
            return article
        if article.run_id in self._live:
            return self._live[article.run_id]
        if ended := await self._classroom.ended(article.run_id):
            state, _ = ended
            return await self._save(article.showing(state, visitor.language), visitor.language)
        return article

    async def _save(self, article: Article, language: Language) -> Article:
        """Keep an article. If the database fails it is shown all the same, with the reason why it is not kept."""
        try:
            article_id = await self._rows.save_article(article.row(), article.picture_rows(), MOST_ARTICLES)
        except StoreError as error:
            _log.warning("%s", error)
            self._unsaved += 1
            text = f"{article.answer.text}\n\n{error.sentence(language)}"
            answer = replace(article.answer, text=text, pictures=())
            return replace(article, id=article.id or -self._unsaved, answer=answer)
        if article.id < 0:  # shown, but not kept until now
            return replace(article, answer=replace(article.answer, pictures=()))
        return replace(article, id=article_id)

    def _follow(self, training: Training, article: Article, visitor: Visitor) -> None:
        task = asyncio.create_task(self._watch(training, article, visitor), name=f"page: {training.state.run_id}")
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def _watch(self, training: Training, article: Article, visitor: Visitor) -> None:
        run_id = training.state.run_id
        try:
            async for state in training.watch():
                article = article.showing(state, visitor.language)
                if state.final:
                    break
                self._live[run_id] = article
                self._changed(article, visitor)
                await asyncio.sleep(UPDATE_S)
            article = await self._save(article, visitor.language)
        except Exception:
            _log.exception("following the training %s failed", run_id)
        finally:
            self._live.pop(run_id, None)
        self._changed(article, visitor)


def _offered(answer: Answer) -> tuple[Action, ...]:
    """The buttons, and that of the fields of a question."""
    return (*answer.actions, *([answer.asks.press] if answer.asks else []))
