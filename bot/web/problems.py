"""What goes wrong, as one sentence in the reader's language; for the script of the page as plain text."""

import errno
import logging
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.errors import ClassroomError, StoreError
from bot.texts import texts
from bot.web.render import page
from bot.web.room import ROOM, language_for
from trainer.errors import TutorError
from trainer.language import Language
from trainer.limits import PICTURE_BYTES

LIVE: Final = "X-Live"  # the header of requests by the script, which shows the answer without loading the page
_STATUS: Final = {
    "not_let_in": 401, "code_wrong": 403, "key_wrong": 403, "teacher_only": 403, "article_gone": 404,
    "file_too_large": 413, "too_fast": 429, "room_too_fast": 429, "guessed_often": 429,
}  # fmt: skip
_log = logging.getLogger(__name__)


@web.middleware
async def sentences(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer an error with its sentence."""
    try:
        return await handler(request)
    except TutorError as error:
        language = await language_for(request)
        return await _answer(request, error.sentence(language), _status(error), language)
    except web.HTTPRequestEntityTooLarge:
        language = await language_for(request)
        too_large = ClassroomError("file_too_large", most=PICTURE_BYTES // 2**20)
        return await _answer(request, too_large.sentence(language), 413, language)
    except web.HTTPException as error:
        if error.status < 400 or error.status == 421:  # noqa: PLR2004 a redirection, or a host that gets no page
            raise
        language = await language_for(request)
        key = "no_such_page" if error.status in (404, 405) else "request_odd"
        return await _answer(request, texts()(language, f"web.{key}"), error.status, language)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        language = await language_for(request)
        return await _answer(request, texts()(language, "web.disk_full"), 507, language)
    except Exception:
        _log.exception("a request to %s failed", request.path)
        language = await language_for(request)
        return await _answer(request, texts()(language, "error.unforeseen"), 500, language)


def _status(error: TutorError) -> int:
    return 503 if isinstance(error, StoreError) else _STATUS.get(error.key, 400)


async def _answer(request: web.Request, sentence: str, status: int, language: Language) -> web.Response:
    """The sentence on the visitor's page, with what they typed; on a page of its own if there is none."""
    if LIVE in request.headers:
        return web.Response(text=sentence, status=status)
    try:
        room = request.app[ROOM]
        visitor = await room.visitor(request)
        typed = str((await request.post()).get("line", "")) if status == 400 else ""  # noqa: PLR2004 it has been read
        html = await room.html(visitor, line=typed, sentence=sentence)
    except TutorError:
        html = page("join.html", language, path="/join", sentence=sentence, code="", name="")
    return web.Response(text=html, status=status, content_type="text/html")
