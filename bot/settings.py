"""The settings of the bot: those of the trainer and those of its own; `.env.example` explains each."""

import re
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote

from pydantic import Field, SecretStr, field_validator

from trainer.runtime.cores import usable_cores
from trainer.settings import PROXIES, TrainerSettings

SECRETS: Final = ("DISCORD_TOKEN", "DATABASE_URL")  # environment variables that no child process gets
MOST_WORKERS: Final = 8  # by default; each takes up to 900 MB


WEB_PORT: Final = 8477
_WEB: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.-]+):(?P<port>\d{1,5})")


class WebAddress(NamedTuple):
    """Where the page listens; port 0 is any free one."""

    host: str
    port: int


class Settings(TrainerSettings):
    """One attribute per setting; its environment variable has the same name in capitals."""

    discord_token: SecretStr | None = None
    database_url: str | None = None
    log_format: Literal["text", "json"] = "text"
    tutor_old_runs_days: int = Field(default=365, ge=1, le=36500)
    dask_scheduler_address: str | None = None
    tutor_web: str | None = None
    tutor_workers: int = Field(default_factory=lambda: max(1, min(usable_cores() - 1, MOST_WORKERS)), ge=1, le=64)

    @field_validator("discord_token", mode="before")
    @classmethod
    def _without_blanks(cls, token: object) -> object:
        """The token without blanks around it, None for an empty one; ValueError for blanks within it."""
        if not isinstance(token, str):
            return token
        if len(token.split()) > 1:
            raise ValueError("it contains a blank or a line break")
        return token.strip() or None

    @field_validator("tutor_web")
    @classmethod
    def _address_or_off(cls, text: str | None) -> str | None:
        """ValueError for anything but HOST:PORT and `off`."""
        if text is None or text == "off":
            return text
        match = _WEB.fullmatch(text)
        if match is None or int(match["port"]) > 65535:  # noqa: PLR2004 the largest port
            raise ValueError("it must be HOST:PORT, as in 127.0.0.1:8477, or off")
        return text

    @property
    def web_address(self) -> WebAddress | None:
        """Where the page listens, None for `off`."""
        if self.tutor_web == "off":
            return None
        host, _, port = (self.tutor_web or f"127.0.0.1:{WEB_PORT}").rpartition(":")
        return WebAddress(host.strip("[]"), int(port))

    @property
    def database(self) -> str:
        """SQLAlchemy's async URL of the database: DATABASE_URL, else SQLite in TUTOR_HOME."""
        return self.database_url or f"sqlite+aiosqlite:///{self.tutor_home / 'classroom.sqlite3'}"


def proxy_secrets(settings: Settings) -> tuple[str, ...]:
    """What may be in no log: the password of the proxy, as it is and as an address spells it."""
    password = settings.proxy.password if settings.proxy else None
    return (password, quote(password, safe="")) if password else ()


def for_trainer(settings: Settings) -> dict[str, Any]:
    """The settings of the trainer as plain values, for other processes on this machine, without secrets.

    They read PROXIES, which may hold a password, where this process has read them: in the environment and in `.env`.
    """
    secret = {name.lower() for name in PROXIES}
    return settings.model_dump(mode="json", include=set(TrainerSettings.model_fields) - secret)
