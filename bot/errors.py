"""The bot's errors; their sentences stand in bot/texts."""

import trainer.errors
from bot.texts import texts
from trainer.errors import PictureError, TutorError


class ClassroomError(TutorError):
    """A request of a learner that cannot be met now."""

    catalogue = staticmethod(texts)


class SettingsError(trainer.errors.SettingsError):
    """A setting that only the bot has and that cannot be used."""

    catalogue = staticmethod(texts)


class StoreError(TutorError):
    """The database cannot be used."""

    catalogue = staticmethod(texts)


class PictureProcessError(PictureError):
    """The process that read or drew a picture took too long or ended."""

    catalogue = staticmethod(texts)
