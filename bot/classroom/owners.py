"""Whose a run is, beside its row in the database: the file `owner.json` of the run folder.

The row is what counts; the file is read when the database was damaged or restored from before the run.
"""

import json
import logging
from pathlib import Path
from typing import Final

from bot.classroom.learner import LOCAL, Learner
from trainer.language import LANGUAGES, language_of
from trainer.runtime.atomic import write_file

_FILE: Final = "owner.json"
_OWN: Final = Learner(LOCAL, LOCAL, LANGUAGES[0])
_log = logging.getLogger(__name__)


def write_owner(run: Path, owner: Learner) -> None:
    """Write the owner into a run folder; a failing disk is logged, because the row says the same."""
    content = {"id": owner.id, "name": owner.name, "language": owner.language, "guild_id": owner.guild_id}
    try:
        write_file(run / _FILE, json.dumps(content, ensure_ascii=False).encode())
    except OSError as error:
        _log.warning("the owner of %s could not be written: %s", run.name, error)


def owner_of(run: Path) -> Learner:
    """The owner of a run folder; the learner of the terminal for one of `python -m trainer`, which has no such file."""
    try:
        content = json.loads((run / _FILE).read_text(encoding="utf-8"))
        guild = content["guild_id"]
        return Learner(
            str(content["id"]),
            str(content["name"]),
            language_of(content["language"]),
            None if guild is None else str(guild),
        )
    except FileNotFoundError:
        return _OWN
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        _log.warning("the owner of %s cannot be read: %s", run.name, error)
        return _OWN
