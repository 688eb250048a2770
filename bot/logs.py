"""Logging to standard error and to a file in TUTOR_HOME; no token ever gets into either."""

import logging
import re
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

FILE_BYTES: Final = 2 * 2**20
FILES_KEPT: Final = 3
_HIDDEN: Final = "[hidden]"
_SHORTEST_SECRET: Final = 8
# Where Discord puts tokens: in the addresses of webhooks and interactions, and in the bot's own header.
_IN_ADDRESS: Final = re.compile(r"((?:webhooks|interactions)/\d+/)[^/\s\"'?]+")
_IN_HEADER: Final = re.compile(r"(Bot )[\w.-]{20,}")
# At DEBUG these print whole gateway events, interaction tokens included.
_TALKATIVE: Final = ("discord.gateway", "discord.http", "discord.client", "discord.state", "discord.webhook")


class Redactor:
    """Knows the secrets of this process and takes them out of any text."""

    def __init__(self, *secrets: str) -> None:
        self._fixed = tuple(secrets)
        self._recent: deque[str] = deque(maxlen=200)  # interaction tokens; they live for 15 minutes

    def remember(self, secret: str) -> None:
        """A token that must not be shown from now on."""
        if secret not in self._recent:
            self._recent.append(secret)

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for secret in (*self._fixed, *self._recent):
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, _HIDDEN)
        return _IN_HEADER.sub(rf"\1{_HIDDEN}", _IN_ADDRESS.sub(rf"\1{_HIDDEN}", text))


class _RedactingFormatter(logging.Formatter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor(super().format(record))  # the traceback is in it by now


def set_up_logging(level: str, folder: Path, redactor: Redactor, *, to_console: bool) -> None:
    """Send all logging to `folder`/bot.log and, if asked, to standard error. OSError if it cannot be written."""
    root = logging.getLogger()
    root.setLevel(level)
    handlers: list[logging.Handler] = [
        RotatingFileHandler(folder / "bot.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    ]
    if to_console:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(_RedactingFormatter(redactor))
        root.addHandler(handler)
    logging.raiseExceptions = False  # a full disk must not turn every log line into a traceback
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    for name in ("asyncio", "aiosqlite", "distributed", "matplotlib", "PIL", "filelock"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
