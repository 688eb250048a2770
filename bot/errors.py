"""The bot's errors; their sentences are in bot/texts."""

import trainer.errors
from bot.texts import texts
from trainer.errors import PictureError, TutorError


class ClassroomError(TutorError):
    """A learner's request that cannot be met."""

    catalogue = staticmethod(texts)


class SettingsError(trainer.errors.SettingsError):
    """A setting that only the bot has and that cannot be used."""

    catalogue = staticmethod(texts)


class StoreError(TutorError):
    """The database cannot be used."""

    catalogue = staticmethod(texts)


class SheetError(TutorError):
    """The sheet of the course cannot be made."""

    catalogue = staticmethod(texts)


class BackupError(TutorError):
    """A backup that cannot be made, believed or put back; nothing was changed."""

    catalogue = staticmethod(texts)


class PictureProcessError(PictureError):
    """The process that read or drew a picture took too long or died."""

    catalogue = staticmethod(texts)
