"""The bot's errors: one sentence each for the person who caused it, out of bot/texts."""

from bot.texts import texts
from trainer.errors import PictureError, TutorError


class ClassroomError(TutorError):
    """Something a learner asked for that cannot be done now; the sentence says what to do next."""

    catalogue = staticmethod(texts)


class SettingsError(TutorError):
    """A setting that cannot be used: the start stops with one sentence that names it."""

    catalogue = staticmethod(texts)


class StoreError(TutorError):
    """The database cannot be used; the sentence says what to do about it."""

    catalogue = staticmethod(texts)


class PictureProcessError(PictureError):
    """The process that read or drew a picture took too long, or died of it."""

    catalogue = staticmethod(texts)
