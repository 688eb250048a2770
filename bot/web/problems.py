"""What goes wrong, as one sentence in the reader's language; for the script of the page as plain text."""

import errno
import logging
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.errors import StoreError
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
    except Exception as error:
        if isinstance(error, web.HTTPException) and (error.status < HTTPStatus.BAD_REQUEST):
            raise  # a redirection
        language = await language_for(request)
        sentence, status = _told(error, request.path, language)
        return await _answer(request, sentence, status, language)


def _told(error: Exception, path: str, language: Language) -> tuple[str, int]:
    """The sentence about an error, and the status of its answer."""
    say = texts()
    match error:
        case TutorError():
            status = HTTPStatus.SERVICE_UNAVAILABLE if isinstance(error, StoreError) else _STATUS.get(error.key, 400)
            return error.sentence(language), status
        case web.HTTPRequestEntityTooLarge():
            return say(language, "error.file_too_large", most=PICTURE_BYTES // 2**20), error.status
        case web.HTTPException():
            unknown = isinstance(error, web.HTTPNotFound | web.HTTPMethodNotAllowed)
            return say(language, "web.no_such_page" if unknown else "web.request_odd"), error.status
        case TimeoutError():
            return say(language, "web.request_slow"), HTTPStatus.REQUEST_TIMEOUT
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return say(language, "web.disk_full"), HTTPStatus.INSUFFICIENT_STORAGE
    _log.error("a request to %s failed", path, exc_info=error)
    return say(language, "error.unforeseen"), HTTPStatus.INTERNAL_SERVER_ERROR


async def _answer(request: web.Request, sentence: str, status: int, language: Language) -> web.Response:
    """The sentence on the visitor's page, with what they typed; on a page of its own if there is none."""
    if LIVE in request.headers:
        return web.Response(text=sentence, status=status)
    try:
        room = request.app[ROOM]
        visitor = await room.visitor(request)
        typed = (await request.post()).get("line", "") if status == HTTPStatus.BAD_REQUEST else ""  # it has been read
        html = await room.html(visitor, line=str(typed), sentence=sentence)
    except TutorError:
        html = page("join.html", language, path="/join", sentence=sentence, code="", name="")
    return web.Response(text=html, status=status, content_type="text/html")
