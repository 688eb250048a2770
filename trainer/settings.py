"""The settings: environment variables first, then `.env` in the current folder. Both programs read them here."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar, get_args
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from trainer.errors import SettingsError, problem_of
from trainer.language import Language, language_of_environment
from trainer.proxy import Proxy, is_excepted, is_loopback, parse_proxy

DatasetChoice = Literal["auto", "fashion-mnist", "practice"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
Kind = TypeVar("Kind", bound="TrainerSettings")


def _absolute(path: object) -> object:
    """A relative path is relative to the current folder; an empty value is left for pydantic: it means "not set".

    Quotation marks around it are dropped: `set NAME="D:\\data"` of Windows makes them part of the value.
    """
    if isinstance(path, str):
        path = path.strip().strip("\"'") or path
    if not isinstance(path, str | Path) or not str(path):
        return path
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(f"for ~: {error}") from None


Folder = Annotated[Path, BeforeValidator(_absolute)]


class TrainerSettings(BaseSettings):
    """One attribute per setting; its name in capitals is the variable's name."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    tutor_home: Folder = Field(default_factory=lambda: Path("data").absolute())
    fashion_mnist_dir: Folder | None = None
    tutor_dataset: DatasetChoice = "auto"
    tutor_lang: Language = Field(default_factory=language_of_environment)
    log_level: LogLevel = "INFO"
    fashion_mnist_mirror: str | None = None
    tutor_proxy: SecretStr | None = None
    https_proxy: SecretStr | None = None
    all_proxy: SecretStr | None = None
    no_proxy: str = ""

    @property
    def mirror(self) -> str | None:
        """FASHION_MNIST_MIRROR with a slash at its end; SettingsError `mirror_wrong`."""
        if not self.fashion_mnist_mirror:
            return None
        address = self.fashion_mnist_mirror.strip()
        try:
            url = urlsplit(address)
            usable = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
        except ValueError:  # e.g. a port that is no number
            usable = False
        if not usable or any(character in address for character in "@?#\\ \t\n"):
            raise SettingsError("mirror_wrong")
        return f"{address.rstrip('/')}/"

    @property
    def proxy(self) -> Proxy | None:
        """The proxy for Discord and the data set: the first one set of PROXIES; SettingsError `proxy_wrong`."""
        for name in PROXIES:
            address: SecretStr | None = getattr(self, name.lower())
            if address is not None and address.get_secret_value().strip():
                return parse_proxy(name, address.get_secret_value().strip())
        return None

    def proxy_for(self, host: str) -> Proxy | None:
        """The proxy for a host; None for this machine and what NO_PROXY names."""
        return None if is_loopback(host) or is_excepted(host, self.no_proxy) else self.proxy


PROXIES: Final = ("TUTOR_PROXY", "HTTPS_PROXY", "ALL_PROXY")  # the first that is set counts; they may hold a password
# One `.env` serves both programs, so the trainer knows the names of the bot's settings too.
_BOT_NAMES: Final = (
    "DISCORD_TOKEN", "DATABASE_URL", "DASK_SCHEDULER_ADDRESS", "TUTOR_WEB", "TUTOR_WORKERS", "LOG_FORMAT",
    "TUTOR_REWORD_URL", "TUTOR_REWORD_MODEL", "TUTOR_REWORD_KEY",
    "TUTOR_OLD_RUNS_DAYS",
)  # fmt: skip
NAMES: Final = frozenset({*_BOT_NAMES, *(name.upper() for name in TrainerSettings.model_fields)})
_UNUSED: Final = ("HTTP_PROXY",)  # stands beside the other two wherever they are copied from


def read_settings(kind: type[Kind], **chosen: Any) -> Kind:
    """Read the settings of a program and prepare its home; values in `chosen` replace what was read.

    Raises SettingsError: `settings_not_text`, `setting_unknown`, `setting_wrong`, `proxy_wrong`, `mirror_wrong`,
    `data_folder_missing`, `home_unwritable`.
    """
    try:
        for name in _unknown_names():
            raise SettingsError("setting_unknown", name=name, known=", ".join(sorted(NAMES)))
        settings = kind(**chosen)
    except UnicodeDecodeError:
        raise SettingsError("settings_not_text") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        secret = SecretStr in get_args(kind.model_fields[field].annotation)
        value = "***" if secret else str(first["input"])
        raise SettingsError("setting_wrong", name=field.upper(), value=value, problem=first["msg"]) from None
    _ = settings.proxy, settings.mirror  # raise what is wrong with them
    folder = settings.fashion_mnist_dir
    if folder is not None and settings.tutor_dataset != "practice" and not _is_folder(folder):
        raise SettingsError("data_folder_missing", folder=folder)
    with writing_home(settings):
        prepare_home(settings.tutor_home)
    return settings


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir() and os.access(path, os.R_OK | os.X_OK)
    except OSError:  # a folder on the way to it may not be entered
        return False


def _unknown_names() -> list[str]:
    """All of `.env`, and what begins with TUTOR_ in the environment, apart from NAMES and Dask's own settings."""
    written = [name.upper() for name in dotenv_values(Path(".env"))]
    exported = [name.upper() for name in os.environ if name.upper().startswith("TUTOR_")]
    known = NAMES | set(_UNUSED)
    return [name for name in (*written, *exported) if name not in known and not name.startswith("DASK_")]


@contextmanager
def writing_home(settings: TrainerSettings) -> Iterator[None]:
    """Makes an OSError the SettingsError `home_unwritable`: something in TUTOR_HOME could not be written."""
    try:
        yield
    except OSError as error:
        raise SettingsError("home_unwritable", home=settings.tutor_home, problem=problem_of(error)) from None


def prepare_home(home: Path) -> None:
    """Create the folders of `home`, and have Keras, matplotlib and Dask write there instead of the user's home.

    Call it before these libraries are imported. Raises OSError if `home` cannot be written.
    """
    for folder in ("runs", "keras", "matplotlib", "dask", "logs"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    os.environ["KERAS_HOME"] = str(home / "keras")
    os.environ["MPLCONFIGDIR"] = str(home / "matplotlib")
    os.environ["DASK_TEMPORARY_DIRECTORY"] = str(home / "dask")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    _prepare_temporary_folder(home)


def _prepare_temporary_folder(home: Path) -> None:
    """Where the system has none that can be written, e.g. in a container with a read-only root: one in `home`."""
    with suppress(FileNotFoundError):
        if Path(tempfile.gettempdir()) != Path.cwd():  # Python's last resort is the current folder
            return
    folder = home / "tmp"
    folder.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
