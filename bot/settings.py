"""The settings of the bot: those of the trainer and those of its own; `.env.example` explains each."""

import re
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from trainer.proxy import is_loopback
from trainer.runtime.cores import usable_cores
from trainer.settings import PROXIES, TrainerSettings

SECRETS: Final = (
    "DISCORD_TOKEN",
    "DATABASE_URL",
    "TUTOR_REWORD_KEY",
)  # environment variables that no child process gets
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
    tutor_reword_url: str | None = None
    tutor_reword_model: str | None = Field(default=None, validate_default=True)
    tutor_reword_key: SecretStr | None = None
    tutor_workers: int = Field(default_factory=lambda: max(1, min(usable_cores() - 1, MOST_WORKERS)), ge=1, le=64)

    @field_validator("discord_token", "tutor_reword_key", mode="before")
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

    @field_validator("tutor_reword_url")
    @classmethod
    def _service(cls, text: str | None) -> str | None:
        """ValueError for anything but an address of HTTP without user, query and fragment."""
        if text is None:
            return None
        url = urlsplit(text.strip())
        if url.scheme not in ("http", "https") or not url.hostname or any(sign in text.strip() for sign in "@?# \\"):
            raise ValueError("it must be an address such as https://host/v1, without user, ? and #")
        _ = url.port  # ValueError for one that is no port
        return text.strip()

    @field_validator("tutor_reword_model")
    @classmethod
    def _model_of_service(cls, name: str | None, info: ValidationInfo) -> str | None:
        """ValueError if it is missing beside an address."""
        if not name and info.data.get("tutor_reword_url"):
            raise ValueError("the service of TUTOR_REWORD_URL needs the name of a model")
        return name

    @field_validator("tutor_reword_key")
    @classmethod
    def _key_of_service(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """ValueError if it would be sent unencrypted over a network."""
        url = urlsplit(info.data.get("tutor_reword_url") or "")
        if key and url.scheme == "http" and not is_loopback(url.hostname or ""):
            raise ValueError("it would be sent unencrypted: TUTOR_REWORD_URL must begin with https://")
        return key

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


def log_secrets(settings: Settings) -> tuple[str, ...]:
    """What may be in no log, beside the token: the rewording's key, the proxy's password, also as an address has it."""
    key = settings.tutor_reword_key
    password = settings.proxy.password if settings.proxy else None
    keys = (key.get_secret_value(),) if key else ()
    return (*keys, password, quote(password, safe="")) if password else keys


def for_trainer(settings: Settings) -> dict[str, Any]:
    """The settings of the trainer as plain values, for other processes on this machine, without secrets.

    They read PROXIES, which may hold a password, where this process has read them: in the environment and in `.env`.
    """
    secret = {name.lower() for name in PROXIES}
    return settings.model_dump(mode="json", include=set(TrainerSettings.model_fields) - secret)
