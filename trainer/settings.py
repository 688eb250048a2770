"""The settings that the trainer reads: environment variables first, then `.env` in the current folder."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from trainer.language import Language, language_of_environment

DatasetChoice = Literal["auto", "fashion-mnist", "practice"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


def _absolute(path: object) -> object:
    # An empty value in .env means "not set"; a relative one is relative to where the command was given.
    return Path(path).expanduser().absolute() if isinstance(path, str | Path) and str(path) else path


Folder = Annotated[Path, BeforeValidator(_absolute)]


class TrainerSettings(BaseSettings):
    """One attribute a setting; the attribute's name in capitals is the variable's name."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    tutor_home: Folder = Field(default_factory=lambda: Path("data").absolute())
    fashion_mnist_dir: Folder | None = None
    tutor_dataset: DatasetChoice = "auto"
    tutor_lang: Language = Field(default_factory=language_of_environment)
    log_level: LogLevel = "INFO"


def missing_data_folder(settings: TrainerSettings) -> Path | None:
    """FASHION_MNIST_DIR where it is no folder although the real data set may be wanted: better said now than later."""
    folder = settings.fashion_mnist_dir
    return folder if folder and settings.tutor_dataset != "practice" and not folder.is_dir() else None


def prepare_home(home: Path) -> None:
    """Send what Keras, matplotlib and Dask would write into the user's home to `home` instead.

    Must run before those libraries are imported; OSError if `home` cannot be written.
    """
    for folder in ("runs", "keras", "matplotlib", "dask", "logs"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    os.environ["KERAS_HOME"] = str(home / "keras")
    os.environ["MPLCONFIGDIR"] = str(home / "matplotlib")
    os.environ["DASK_TEMPORARY_DIRECTORY"] = str(home / "dask")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
