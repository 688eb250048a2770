"""Mistakes that a person can mend: one sentence each, in their language, saying what to do next."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from trainer.language import Catalogue, Language, sentences

if TYPE_CHECKING:
    from trainer.events import EpochEnded


class TutorError(Exception):
    """Carries a catalogue key and its values, so that each front end can say it in the reader's language."""

    catalogue: ClassVar[Any] = staticmethod(sentences)  # () -> Catalogue; the bot's errors name their own

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(key)

    def sentence(self, language: Language) -> str:
        """The sentence for the person who caused it."""
        catalogue: Catalogue = self.catalogue()
        return catalogue(language, f"error.{self.key}", **self.values)

    def __str__(self) -> str:
        return self.sentence("en")

    def __reduce__(self) -> tuple[Any, ...]:  # crosses process borders with its values
        return _rebuild, (type(self), self.key, self.values)


def _rebuild(kind: type[TutorError], key: str, values: dict[str, object]) -> TutorError:
    return kind(key, **values)


class ConfigError(TutorError):
    """An option or setting that cannot be used."""


class DatasetError(TutorError):
    """The data set cannot be had, or a file of it is not the published one."""


class PictureError(TutorError):
    """A file that cannot be classified: empty, truncated, not a picture, too large."""


class RunError(TutorError):
    """A run that does not exist or cannot be read."""


class DivergedError(TutorError):
    """The loss is no longer a number, or far worse than guessing."""

    @property
    def history(self) -> "tuple[EpochEnded, ...]":
        """The epochs until then."""
        return tuple(cast("Iterable[EpochEnded]", self.values["history"]))


class TrainingCancelled(Exception):  # noqa: N818 it is a request that was followed, not an error
    """Somebody asked to stop."""
