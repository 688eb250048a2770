"""Errors with one sentence each for the user, in the user's language; the sentence says what to do next."""

from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar, cast

from trainer.events import EpochEnded
from trainer.language import Catalogue, Language, sentences


class TutorError(Exception):
    """An error with a key of the catalogue and the values of its sentence, which any language can say."""

    catalogue: ClassVar[Any] = staticmethod(sentences)  # () -> Catalogue; the bot's errors have the bot's
    exit_code: ClassVar[int] = 1  # of the program that ends with it

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(key)

    def sentence(self, language: Language) -> str:
        """The sentence for the user."""
        catalogue: Catalogue = self.catalogue()
        return catalogue(language, f"error.{self.key}", **self.values)

    def __str__(self) -> str:
        return self.sentence("en")

    def __reduce__(self) -> tuple[Any, ...]:  # pickled with its values
        return partial(type(self), self.key, **self.values), ()


class SettingsError(TutorError):
    """A wrong command line or setting; the program does not start."""

    exit_code = 2


class ConfigError(TutorError):
    """A value of an option that is not allowed."""

    exit_code = 2


class DatasetError(TutorError):
    """The data set is not available, or one of its files is not the published one."""


class ProxyError(TutorError):
    """A proxy that does not answer, asks for a password, or makes no connection."""


class PictureError(TutorError):
    """A file that cannot be classified: empty, truncated, not an image, too large."""


class RunError(TutorError):
    """A run that does not exist, or cannot be read or written."""


class DivergedError(TutorError):
    """The loss is NaN or infinite, or far higher than that of guessing."""

    @property
    def history(self) -> tuple[EpochEnded, ...]:
        """The epochs before it."""
        return tuple(cast("Iterable[EpochEnded]", self.values["history"]))


def problem_of(error: OSError) -> str:
    """What the operating system says, e.g. "No space left on device"; an error that is not its own has only a name."""
    return error.strerror or type(error).__name__


class TrainingCancelled(Exception):  # noqa: N818 the answer to a request, not an error
    """The training was cancelled."""
