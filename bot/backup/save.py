"""`python -m bot backup FILE`: the database and the runs of this home in one file, also while a bot is running."""

import logging
import tempfile
from pathlib import Path

from bot.backup.archive import DATABASE, Reader, Writer
from bot.errors import BackupError
from bot.settings import Settings
from bot.store.copies import copy_database, ids_of_runs
from bot.store.opening import database_name, sqlite_file
from bot.texts import texts
from trainer.errors import problem_of
from trainer.runs.folder import RUN_ID, runs_folder
from trainer.runtime.atomic import new_file

_log = logging.getLogger(__name__)


def run_backup(settings: Settings, file: Path) -> int:
    """Write the file, read it again and say what is in it; returns the exit code.

    Raises BackupError `backup_database_other`, `backup_kept`, `backup_failed`; StoreError for the database.
    """
    runs = save(settings, file)
    megabytes = file.stat().st_size / 2**20
    print(texts()(settings.tutor_lang, "backup.saved", file=file, runs=runs, size=f"{megabytes:.1f}"))
    return 0


def save(settings: Settings, file: Path) -> int:
    """Write the file, whole or not at all; returns the number of runs in it. Errors as in `run_backup`."""
    database = database_file(settings)
    if file.exists():
        try:
            with Reader.open(file):
                pass
        except BackupError as error:
            if error.key in ("backup_foreign", "backup_unreadable"):
                raise BackupError("backup_kept", file=file) from None
    try:
        with tempfile.TemporaryDirectory(prefix="keras-tutor-") as folder, new_file(file) as written:
            copy = Path(folder) / DATABASE
            # A run whose training ends meanwhile is taken only if its row was: otherwise nobody would own it.
            names = _run_names(settings.tutor_home)
            copy_database(database, copy)
            writer = Writer(written)
            writer.add(DATABASE, copy, packed=True)
            runs = sum(_add_run(writer, settings.tutor_home, name) for name in sorted(names | ids_of_runs(copy)))
            for path in sorted((settings.tutor_home / "diverged").glob("*.csv")):
                writer.add(f"diverged/{path.name}", path, packed=True)
            writer.finish()
            written.flush()
            with Reader.open(Path(written.name)) as reader:
                reader.check()
    except OSError as error:
        raise BackupError("backup_failed", file=file, problem=problem_of(error)) from error
    return runs


def database_file(settings: Settings) -> Path:
    """The file of the database; BackupError `backup_database_other` for any other than SQLite."""
    if (database := sqlite_file(settings.database)) is None:
        home = settings.tutor_home
        raise BackupError("backup_database_other", url=database_name(settings.database), runs=runs_folder(home))
    return database


def _run_names(home: Path) -> set[str]:
    return {path.parent.name for path in runs_folder(home).glob("*/run.json") if RUN_ID.fullmatch(path.parent.name)}


def _add_run(writer: Writer, home: Path, name: str) -> bool:
    """Add the folder of a run; False if there is none, or it is being removed."""
    folder = runs_folder(home) / name
    try:
        files = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if _belongs(path)}
    except FileNotFoundError:
        _log.warning("the run %s was removed while it was saved", name)
        return False
    if folder / "run.json" not in files:
        return False
    for path, content in files.items():
        writer.add(f"runs/{name}/{path.relative_to(folder).as_posix()}", content, packed=path.suffix == ".json")
    return True


def _belongs(path: Path) -> bool:
    """Not what begins with a dot: a file that is being written."""
    return path.is_file() and not path.name.startswith(".")
