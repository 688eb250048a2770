"""The settings of the bot: those of the trainer and four of its own; `.env.example` explains each."""

import os
from typing import Any, Final
from urllib.parse import quote

from pydantic import Field, SecretStr, field_validator

from trainer.settings import PROXIES, TrainerSettings

SECRETS: Final = ("DISCORD_TOKEN", "DATABASE_URL")  # environment variables that no child process gets


class Settings(TrainerSettings):
    """One attribute per setting; its environment variable has the same name in capitals."""

    discord_token: SecretStr | None = None
    database_url: str | None = None
    dask_scheduler_address: str | None = None
    tutor_workers: int = Field(default=max(1, (os.cpu_count() or 1) - 1), ge=1, le=64)

    @field_validator("discord_token", mode="before")
    @classmethod
    def _without_blanks(cls, token: object) -> object:
        """The token without blanks around it, None for an empty one; ValueError for blanks within it."""
        if not isinstance(token, str):
            return token
        if len(token.split()) > 1:
            raise ValueError("it contains a blank or a line break")
        return token.strip() or None

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
