"""Logging to standard error and to files in TUTOR_HOME, without tokens."""

import json
import logging
import os
import re
from collections import deque
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple

from bot.settings import Settings

FILE_BYTES: Final = 2 * 2**20
FILES_KEPT: Final = 3
MOST_OUTPUT_BYTES: Final = 2**20
_HIDDEN: Final = "[hidden]"
_SHORTEST_SECRET: Final = 8
_TOKENS_KEPT: Final = 1000  # tokens of interactions are valid for 15 minutes; 30 people cause fewer in that time
# Patterns of tokens that this process does not know: a webhook's or an interaction's in an address, a bot's in its
# header and anywhere else, an interaction's anywhere (it begins with base64 of "interaction:"), a proxy's.
_TOKEN_PATTERNS: Final = (
    (re.compile(r"((?:webhooks|interactions)/\d+/)[^/\s\"'?<>)\],]+"), rf"\1{_HIDDEN}"),
    (re.compile(r"(Bot )[\w.-]{20,}"), rf"\1{_HIDDEN}"),
    (re.compile(r"[\w-]{20,30}\.[\w-]{6}\.[\w-]{27,}"), _HIDDEN),
    (re.compile(r"aW50ZXJhY3Rpb24[\w-]{10,}"), _HIDDEN),
    (re.compile(r"((?:https?|socks\w*)://)[^\s/]+@"), rf"\1{_HIDDEN}@"),  # a proxy's user name and password
)
# At DEBUG these log whole gateway events with the tokens of interactions.
_VERBOSE: Final = ("discord.gateway", "discord.http", "discord.client", "discord.state", "discord.webhook")
_LIBRARIES: Final = ("aiohttp", "aiosqlite", "alembic", "asyncio", "distributed", "filelock", "matplotlib", "PIL")
_FORMAT: Final = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Redactor:
    """Replaces secrets in texts: those that it was given, and every text that has the form of a token."""

    def __init__(self, *secrets: str) -> None:
        self._fixed = tuple(secrets)
        self._recent: deque[str] = deque(maxlen=_TOKENS_KEPT)

    def remember(self, secret: str) -> None:
        """Also replace this token from now on."""
        self._recent.append(secret)

    def __call__(self, text: str) -> str:
        """The text with `[hidden]` for each secret."""
        for secret in (*self._fixed, *self._recent):
            if len(secret) >= _SHORTEST_SECRET and secret in text:
                text = text.replace(secret, _HIDDEN)
        for pattern, instead in _TOKEN_PATTERNS:
            text = pattern.sub(instead, text)
        return text


class _RedactingFormatter(logging.Formatter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__(_FORMAT)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor(super().format(record))  # with the traceback


class _ConsoleFormatter(_RedactingFormatter):
    """One line per error; the traceback is in the file only."""

    def format(self, record: logging.LogRecord) -> str:
        # logging caches the formatted traceback in the record; the file's handler must not get the short form.
        kept, record.exc_text = record.exc_text, None
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 logging's own name
        kind, error, _ = ei
        return f"    {kind.__name__ if kind else ''}: {error} (the traceback is in the log file)"


class _JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and exception with its traceback if there is one."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        content = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        # Before JSON writes a quotation mark or a backslash of a secret in its own way.
        return json.dumps({name: self._redactor(text) for name, text in content.items()}, ensure_ascii=False)


class LoggedError(NamedTuple):
    """An error as it was logged, without secrets."""

    at: datetime
    sentence: str


class _LastError(logging.Handler):
    """Remembers the last error."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__(logging.ERROR)
        self._redactor = redactor
        self.last: LoggedError | None = None

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text = f"{text} ({type(record.exc_info[1]).__name__}: {record.exc_info[1]})"
        self.last = LoggedError(datetime.fromtimestamp(record.created, UTC), " ".join(self._redactor(text).split()))


def last_error() -> LoggedError | None:
    """The last error since `set_up_logging`."""
    found = (handler.last for handler in logging.getLogger().handlers if isinstance(handler, _LastError))
    return next(found, None)


class _RotatingFile(RotatingFileHandler):
    def rotate(self, source: str, dest: str) -> None:
        try:
            super().rotate(source, dest)
        except OSError:  # on Windows while another classroom has the file open
            self.maxBytes = 0  # it grows until the next start


def set_up_logging(settings: Settings, redactor: Redactor, *, to_console: bool) -> None:
    """Log to logs/bot.log in TUTOR_HOME and, with `to_console`, to standard error; both as LOG_FORMAT says.

    Raises OSError if the file cannot be written.
    """
    root, folder, as_json = logging.getLogger(), settings.tutor_home / "logs", settings.log_format == "json"
    root.setLevel(settings.log_level)
    folder.mkdir(parents=True, exist_ok=True)
    file = _RotatingFile(folder / "bot.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    file.setFormatter(_JsonFormatter(redactor) if as_json else _RedactingFormatter(redactor))
    root.addHandler(file)
    root.addHandler(_LastError(redactor))
    if to_console:
        console = logging.StreamHandler()
        console.setFormatter(_JsonFormatter(redactor) if as_json else _ConsoleFormatter(redactor))
        root.addHandler(console)
    logging.raiseExceptions = False  # else a full disk prints a traceback per log line
    for name in _VERBOSE:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def redirect_output(file: Path) -> None:
    """Send standard output and error of a child process to a file: what libraries print about a damaged file, say."""
    try:
        target = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError:  # e.g. a full disk
        target = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(target, number)
    os.close(target)


def limit_output() -> None:
    """Empty the file of `redirect_output` if it holds more than MOST_OUTPUT_BYTES."""
    if os.fstat(2).st_size > MOST_OUTPUT_BYTES:
        os.ftruncate(2, 0)
