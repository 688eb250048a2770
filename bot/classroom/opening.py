"""The store of a classroom; a damaged database does not stop it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bot.classroom.training.sessions import is_running
from bot.errors import StoreError
from bot.settings import Settings
from bot.store import Store
from bot.store.copies import quick_check, set_aside
from bot.store.opening import sqlite_file
from bot.texts import texts

_HEADER: Final = b"SQLite format 3\0"
_log = logging.getLogger(__name__)


@asynccontextmanager
async def opened_store(settings: Settings, tell: Callable[[str], None] = _log.error) -> AsyncIterator[Store]:
    """The store, open. A damaged SQLite file is renamed, and a new database made; `tell` gets the sentence about it.

    `Classroom.recover` then puts back what the run folders know. Nothing is renamed while another process uses the
    home, nor a file named by DATABASE_URL that never was a database. Raises StoreError, SettingsError.
    """
    file = sqlite_file(settings.database)
    if file is not None and file.is_file() and (problem := await asyncio.to_thread(quick_check, file)):
        foreign = settings.database_url is not None and not _begins_like_one(file)
        if foreign or is_running(settings.tutor_home):
            raise StoreError("database_corrupt", path=file, problem=problem)
        try:
            new = set_aside(file, "damaged")
        except OSError as error:
            raise StoreError("database_unwritable", path=file, problem=error) from error
        tell(texts()(settings.tutor_lang, "store.set_aside", path=file, problem=problem, new=new))
    async with Store(settings.database) as store:
        yield store


def _begins_like_one(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(_HEADER)) == _HEADER
