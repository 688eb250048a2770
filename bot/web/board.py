"""The teacher's board: how to join, who is there, who trains."""

import asyncio
import logging
from typing import Any, Final

import segno

from bot.classroom.learner import LOCAL
from bot.errors import StoreError
from bot.texts import texts
from bot.web.conversations import Conversations
from bot.web.people import People, Visitor, shown_code
from bot.web.render import page, spoken
from bot.web.streams import Streams

PAUSE_S: Final = 0.5  # between two updates
_log = logging.getLogger(__name__)


class Board:
    """The board; `changed` sends its list of people anew to the teacher's pages."""

    def __init__(self, people: People, conversations: Conversations, streams: Streams, room: str) -> None:
        """room: the page's address for the devices of the learners."""
        self._people, self._conversations, self._streams, self._room = people, conversations, streams, room
        self._changed = asyncio.Event()

    @property
    def join_address(self) -> str:
        """What learners open."""
        return f"{self._room}/join?code={self._people.code}"

    def changed(self) -> None:
        """Something on the board is not up to date."""
        self._changed.set()

    async def keep_up(self) -> None:
        """Send updates until the task is cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                teacher = next((one for one in await self._people.everybody() if one.is_teacher), None)
                if teacher is not None and self._streams.watched(LOCAL):
                    html = page("people.html", teacher.language, people=await self._rows(teacher))
                    self._streams.send(LOCAL, "part", "people", id="people", html=html)
            except StoreError as error:
                _log.warning("%s", error)
            await asyncio.sleep(PAUSE_S)

    async def html(self, teacher: Visitor, *, open_to_others: bool) -> str:
        """The whole board."""
        return page(
            "board.html",
            teacher.language,
            path="/board",
            qr=segno.make(self.join_address, micro=False).svg_inline(omitsize=True, border=2),
            join_address=self.join_address,
            join_base=f"{self._room}/join",
            code=shown_code(self._people.code),
            open_to_others=open_to_others,
            people=await self._rows(teacher),
        )

    async def _rows(self, teacher: Visitor) -> list[dict[str, Any]]:
        """Everybody with their trainings, those who are here first."""
        live = self._conversations.live
        people = await self._people.everybody()
        return [
            {
                "id": one.id,
                "name": texts()(teacher.language, "web.teacher") if one.is_teacher else one.name,
                "here": self._streams.watched(one.id),
                "removable": not one.is_teacher,
                "trainings": [
                    {"run_id": article.run_id, "heading": spoken(article, teacher.language)}
                    for article in live
                    if article.visitor_id == one.id
                ],
            }
            for one in sorted(people, key=lambda one: not self._streams.watched(one.id))
        ]
