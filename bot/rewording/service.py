"""An OpenAI-compatible service that puts passages into other words."""

import asyncio
import json
import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot.rewording.check import problem_of
from bot.settings import Settings
from bot.texts import texts
from trainer.language import Language

if TYPE_CHECKING:
    from aiohttp import BaseConnector

LIMIT_S: Final = 8.0  # then the answer is shown without it
MOST_BYTES: Final = 2**18  # of the service's answer
_LANGUAGES: Final[dict[Language, str]] = {"en": "English", "zh-CN": "Simplified Chinese"}
_TASK: Final = (
    "Reword the passages of a course for a pupil of fifteen, in {language}, in at most 120 words: one paragraph of"
    " plain sentences. Say only what the passages say. Use no number and no code word that is not in them, no heading,"
    " no link, no greeting."
)
_log = logging.getLogger(__name__)


class _RefusedError(Exception):
    """The service's answer cannot be used."""


class Rewording:
    """Asks the service of TUTOR_REWORD_URL; only for settings that have one."""

    def __init__(self, settings: Settings, limit_s: float = LIMIT_S) -> None:
        """limit_s: seconds for one request, connection included."""
        if settings.tutor_reword_url is None:
            raise ValueError("TUTOR_REWORD_URL is not set")
        self._settings, self._limit_s = settings, limit_s
        self._url = f"{settings.tutor_reword_url.rstrip('/')}/chat/completions"
        self._host = urlsplit(self._url).hostname or ""

    async def reword(self, passages: Sequence[str], language: Language) -> str:
        """The passages in other words, as Markdown that names the service; "" if that fails, with a line in the log."""
        try:
            async with asyncio.timeout(self._limit_s):
                text = _content(await self._request(passages, language))
            problem = problem_of(text, passages)
        except TimeoutError:
            text, problem = "", f"the service did not answer within {self._limit_s:g} s"
        except _RefusedError as error:
            text, problem = "", str(error)
        except Exception as error:  # whatever a service does, the answer is the one without it
            text, problem = "", " ".join(f"{type(error).__name__}: {error}".split())[:300]
        if problem:
            _log.warning("no rewording: %s", problem)
            return ""
        quoted = "\n".join(f"> {line}".rstrip() for line in re.sub(r"(?m)^\s*[#>]+\s*", "", text).splitlines())
        return texts()(language, "ask.reworded", service=self._host, text=quoted)

    async def _request(self, passages: Sequence[str], language: Language) -> bytes:
        from aiohttp import ClientSession, ClientTimeout

        key = self._settings.tutor_reword_key
        body = {
            "model": self._settings.tutor_reword_model,
            "messages": [
                {"role": "system", "content": _TASK.format(language=_LANGUAGES[language])},
                {"role": "user", "content": "\n\n".join(passages)},
            ],
        }
        async with (
            ClientSession(connector=self._connector(), timeout=ClientTimeout(total=self._limit_s)) as session,
            session.post(
                self._url,
                json=body,
                headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
                allow_redirects=False,  # the key is for this address
            ) as response,
        ):
            if response.status != 200:  # noqa: PLR2004 the only status with an answer
                raise _RefusedError(f"the service answered with status {response.status}")
            answer = bytearray()
            async for chunk in response.content.iter_any():
                answer += chunk
                if len(answer) > MOST_BYTES:
                    raise _RefusedError(f"the service's answer has more than {MOST_BYTES} bytes")
            return bytes(answer)

    def _connector(self) -> "BaseConnector | None":
        """The way through the proxy of the settings; None for the direct one, e.g. to this machine."""
        proxy = self._settings.proxy_for(self._host)
        if proxy is None:
            return None
        from aiohttp_socks import ProxyConnector

        return ProxyConnector(**proxy.arguments)


def _content(answer: bytes) -> str:
    """The text of the service's answer; ValueError if it is no JSON."""
    try:
        choice = json.loads(answer)["choices"][0]
        text, reason = choice["message"]["content"], choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise _RefusedError("the service's answer is not of the expected form") from None
    if not isinstance(text, str):
        raise _RefusedError("the service's answer has no text")
    if reason == "length":
        raise _RefusedError("the service's answer is cut")
    return text.encode("utf-8", "replace").decode().strip()  # without lone surrogates
