"""What the handlers of requests share: the people, their conversations, the open pages, the board."""

import asyncio
import logging
from typing import Any, Final

from aiohttp import web
from multidict import MultiDictProxy

from bot.classroom import Classroom
from bot.errors import ClassroomError
from bot.lessons import lesson
from bot.store import CourseStore, PageStore, Store
from bot.web.article import FINISHED, Article
from bot.web.board import Board
from bot.web.conversations import Conversations
from bot.web.forms import forms
from bot.web.guard import Limits
from bot.web.people import People, Visitor
from bot.web.render import article_html, page, spoken
from bot.web.streams import Streams
from trainer import STEPS
from trainer.errors import TutorError
from trainer.language import LANGUAGES, Language, language_of

_WAY: Final = ("explain", "learn", "do", "skip", "answer", "predict")  # commands after which another step may be done
COOKIE: Final = "tutor"
BODY_S: Final = 120.0  # until a request has arrived completely
_log = logging.getLogger(__name__)


class Room:
    """One classroom on the page."""

    def __init__(self, classroom: Classroom, store: Store, *, address: str, open_to_others: bool) -> None:
        """address: of the page, for the devices of the learners."""
        self.classroom, self.open_to_others = classroom, open_to_others
        self.people, self.streams, self.limits = People(store), Streams(), Limits()
        self.conversations = Conversations(classroom, PageStore(store), self._changed)
        self.board = Board(self.people, self.conversations, self.streams, address)
        self._store = store
        self._sending: set[asyncio.Task[None]] = set()

    async def visitor(self, request: web.Request) -> Visitor:
        """Who asks; ClassroomError `not_let_in`."""
        cookie = request.cookies.get(COOKIE)
        visitor = await self.people.of(cookie) if cookie else None
        if visitor is None:
            raise ClassroomError("not_let_in")
        return visitor

    async def teacher(self, request: web.Request) -> Visitor:
        """The teacher, if they ask; ClassroomError `not_let_in`, `teacher_only`."""
        visitor = await self.visitor(request)
        if not visitor.is_teacher:
            raise ClassroomError("teacher_only")
        return visitor

    async def html(self, visitor: Visitor, *, line: str = "", sentence: str = "") -> str:
        """The page of a visitor; with a line that could not be answered, and the sentence that says why."""
        return page(
            "classroom.html",
            visitor.language,
            path="/",
            visitor=visitor,
            teacher=visitor.is_teacher,
            join_address=self.board.join_address,
            articles=await self.conversations.articles(visitor),
            steps=await self._steps(visitor),
            forms=forms(visitor.language),
            runs=await self.classroom.runs_like(visitor.learner, ""),
            line=line,
            sentence=sentence,
        )

    def close(self) -> None:
        """Send nothing more."""
        self.streams.close()
        for task in self._sending:
            task.cancel()

    def _changed(self, article: Article, visitor: Visitor) -> None:
        """Send a new state of an article to its visitor's pages, and what follows from it."""
        if self.streams.watched(visitor.id):
            html, words = article_html(article, visitor.language), spoken(article, visitor.language)
            self.streams.send(visitor.id, "article", str(article.id), id=f"a{article.id}", html=html, spoken=words)
            if article.command in _WAY or (article.run_id and article.state == FINISHED):
                task = asyncio.create_task(self._send_parts(visitor))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
        if article.run_id:
            self.board.changed()

    async def _send_parts(self, visitor: Visitor) -> None:
        """Send the list of steps and the list of runs."""
        try:
            steps = page("steps.html", visitor.language, steps=await self._steps(visitor))
            runs = page("runs.html", visitor.language, runs=await self.classroom.runs_like(visitor.learner, ""))
        except TutorError as error:
            _log.warning("%s", error)
            return
        self.streams.send(visitor.id, "part", "steps", id="steps-menu", html=steps)
        self.streams.send(visitor.id, "part", "runs", id="runs", html=runs)

    async def _steps(self, visitor: Visitor) -> list[dict[str, object]]:
        known = await CourseStore(self._store).progress(visitor.id)
        return [
            {
                "id": step,
                "title": lesson(step, visitor.language).title,
                "read": step in known,
                "done": step in known and known[step].outcome is not None,
            }
            for step in STEPS
        ]


ROOM: Final = web.AppKey("room", Room)


def wanted_language(request: web.Request) -> Language:
    """The language that the address asks for, else the first that the browser asks for and the page has."""
    if (asked := request.query.get("lang")) in LANGUAGES:
        return language_of(asked)
    for part in request.headers.get("Accept-Language", "").split(","):  # browsers send them in order
        tag = part.split(";")[0].strip()
        language = language_of(tag)
        if tag and language.split("-")[0] == tag.split("-")[0].lower():
            return language
    return LANGUAGES[0]


async def form_of(request: web.Request) -> MultiDictProxy[Any]:
    """The fields of a form; TimeoutError if it does not arrive within BODY_S."""
    async with asyncio.timeout(BODY_S):
        return await request.post()


async def language_for(request: web.Request) -> Language:
    """The language of an answer: the visitor's own, else that of their browser."""
    try:
        return (await request.app[ROOM].visitor(request)).language
    except TutorError:
        return wanted_language(request)
