"""Why a training failed or was interrupted, as a sentence in its owner's language."""

import errno
from typing import Final

from bot.classroom.wording import clipped
from bot.texts import texts
from bot.training import JobFailed, WorkerDied
from trainer.errors import TutorError, problem_of
from trainer.language import Language

LONGEST_SUMMARY: Final = 200


def reason(key: str, language: Language, **values: str) -> str:
    """The sentence `train.reason.<key>`."""
    return texts()(language, f"train.reason.{key}", **values)


def reason_of(error: Exception, language: Language) -> str:
    """The sentence for an error that ended a training."""
    match error:
        case WorkerDied():
            return reason("worker_died", language)
        case JobFailed():
            return reason("job_failed", language, summary=clipped(str(error), LONGEST_SUMMARY))
        case TutorError():
            return error.sentence(language)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT | errno.EFBIG):
            return reason("disk_full", language)
        case OSError():
            return reason("home_unwritable", language, problem=problem_of(error))
        case _:
            return reason("unexpected", language)
