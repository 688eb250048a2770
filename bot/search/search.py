"""The index in a process of its own, which the first question starts: so its 200 MB are not the bot's."""

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.pictures.processes import Processes
from bot.search.found import Found

if TYPE_CHECKING:
    from bot.search.index import Index

LIMIT_S: Final = 60.0  # the first question waits for the index, 2 to 15 s; the others take about 10 ms
NICENESS: Final = 2  # between the bot (0) and a training (10)


class Search:
    """Finds what answers a question. Raises PictureProcessError when its process hung or died; it is replaced."""

    def __init__(self, home: Path) -> None:
        """home: TUTOR_HOME; the encoded rows are kept in its folder `search`."""
        begin = (os.getpid(), home / "logs" / "search.log", home, NICENESS, _nothing)
        self._processes = Processes(1, begin, (LIMIT_S, LIMIT_S), died="search_failed", late="search_failed")
        self._folder = home / "search"

    async def find(self, question: str) -> Found:
        """What answers the question, best first."""
        return await self._processes.call(find, self._folder, question)

    async def close(self) -> None:
        """End the process."""
        await self._processes.close()


def find(folder: Path, question: str) -> Found:
    """In the process: search; the index is loaded by the first question."""
    return _index(folder).search(question)


@cache
def _index(folder: Path) -> "Index":
    from bot.search.index import load_index
    from bot.search.rows import rows

    return load_index(rows(), folder)


def _nothing() -> None:
    """The libraries are imported by the first question."""
