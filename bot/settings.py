"""Every setting of the bot, read once in `main`; `.env.example` explains each in one line."""

import os
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator

from bot.errors import SettingsError
from trainer.language import language_of_environment
from trainer.settings import TrainerSettings


class Settings(TrainerSettings):
    """The bot's settings; the names in capitals are a contract (README, `.env.example`)."""

    discord_token: SecretStr | None = None
    database_url: str | None = None
    dask_scheduler_address: str | None = None
    tutor_workers: int = Field(default=max(1, (os.cpu_count() or 1) - 1), ge=1, le=64)

    @field_validator("discord_token", mode="before")
    @classmethod
    def _without_blanks(cls, token: object) -> object:
        """What a copied token may have around it; nothing but blanks is no token, and inside one there are none."""
        if not isinstance(token, str):
            return token
        if len(token.split()) > 1:
            raise ValueError("it holds a blank or a line break")
        return token.strip() or None

    @property
    def database(self) -> str:
        """The SQLAlchemy async URL: the one that was set, else SQLite in the home folder."""
        return self.database_url or f"sqlite+aiosqlite:///{self.tutor_home / 'classroom.sqlite3'}"


SECRETS: Final = ("DISCORD_TOKEN", "DATABASE_URL")  # only the bot's own process has these variables


def for_trainer(settings: Settings) -> dict[str, Any]:
    """The settings of the trainer as plain values, for other processes; none of SECRETS is among them."""
    return settings.model_dump(mode="json", include=set(TrainerSettings.model_fields))


def home_unwritable(settings: Settings, error: OSError) -> SettingsError:
    """What to say when something in TUTOR_HOME could not be made."""
    return SettingsError("home_unwritable", home=settings.tutor_home, problem=error.strerror or type(error).__name__)


NAMES: Final = frozenset(name.upper() for name in Settings.model_fields)


def read_settings() -> Settings:
    """Settings from the environment and `.env`; SettingsError names the first one that is wrong or unknown."""
    for name in _unknown():
        raise SettingsError("setting_unknown", name=name, known=", ".join(sorted(NAMES)))
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        # A secret's value is never repeated; pydantic's own text would repeat it.
        value = "***" if name == "DISCORD_TOKEN" else str(first.get("input"))
        raise SettingsError("setting_invalid", name=name, value=value, problem=first["msg"]) from None


def _unknown() -> list[str]:
    try:
        written = [key.upper() for key in dotenv_values(Path(".env")) if key]
    except UnicodeDecodeError:
        raise SettingsError("settings_not_text") from None
    exported = [key.upper() for key in os.environ if key.upper().startswith("TUTOR_")]
    return [key for key in (*written, *exported) if key not in NAMES and not key.startswith("DASK_")]


def language_for_errors() -> str:
    """The language of a sentence about settings that could not be read."""
    wanted = os.environ.get("TUTOR_LANG")
    return wanted if wanted in ("en", "zh-CN") else language_of_environment()
