"""`python -m bot restore FILE`: put the database and the runs of a backup into this home; what they replace is kept."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.backup.archive import DATABASE, Reader
from bot.backup.save import database_file
from bot.classroom.training.sessions import is_running
from bot.errors import BackupError, StoreError
from bot.settings import Settings
from bot.store.copies import check_database, set_aside
from bot.texts import texts
from trainer.errors import problem_of
from trainer.runs.folder import runs_folder
from trainer.runtime.atomic import new_file

_PARTIAL = ".restore-"


def run_restore(settings: Settings, file: Path) -> int:
    """Check the whole file, then put it back and say what was done; returns the exit code.

    Raises BackupError: `restore_running` while a bot uses the home, `backup_database_other`, `backup_unreadable`,
    `backup_foreign`, `backup_newer`, `backup_damaged`; then nothing was changed. `restore_failed`: the disk failed.
    """
    database, home = database_file(settings), settings.tutor_home
    try:
        with _alone(home), tempfile.TemporaryDirectory(prefix=_PARTIAL, dir=home) as folder:
            unpacked = Path(folder)
            with Reader.open(file) as reader:
                reader.unpack(unpacked)
            _check(unpacked / DATABASE, file)
            runs, replaced = _put_runs(unpacked, home)
            before = set_aside(database, "replaced")
            with (unpacked / DATABASE).open("rb") as source, new_file(database) as target:
                shutil.copyfileobj(source, target)
    except OSError as error:
        raise BackupError("restore_failed", home=home, problem=problem_of(error)) from error
    say, language = texts(), settings.tutor_lang
    print(say(language, "backup.restored", file=file, runs=runs))
    for path in (*replaced, *([before] if before else [])):
        print(say(language, "backup.replaced", path=path))
    return 0


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep other restores and Discord bots out meanwhile; BackupError `restore_running`."""
    locks = [FileLock(home / name, timeout=0) for name in ("restore.lock", "discord.lock")]
    try:
        for lock in locks:
            lock.acquire()
        if is_running(home):
            raise BackupError("restore_running", home=home)
        for left in home.glob(f"{_PARTIAL}*"):  # of a killed restore
            shutil.rmtree(left, ignore_errors=True)
        yield
    except Timeout:
        raise BackupError("restore_running", home=home) from None
    finally:
        for lock in locks:
            lock.release()


def _check(database: Path, file: Path) -> None:
    try:
        check_database(database)
    except StoreError as error:
        key = "backup_newer" if error.key == "database_newer" else "backup_damaged"
        raise BackupError(key, file=file, version=error.values.get("version")) from None


def _put_runs(unpacked: Path, home: Path) -> tuple[int, list[Path]]:
    """Put back the runs and epochs that are missing or differ; how many, and where the replaced ones are."""
    count, replaced = 0, list[Path]()
    for run in sorted((unpacked / "runs").glob("*")):
        target = runs_folder(home) / run.name
        if _same(run, target):
            continue
        # A leading dot: it is listed no more.
        if target.exists():
            hidden = target.with_name(f".{target.name}")
            target.replace(hidden)
            replaced += filter(None, [set_aside(hidden, "replaced")])
        run.replace(target)
        count += 1
    (home / "diverged").mkdir(exist_ok=True)
    for epochs in (unpacked / "diverged").glob("*.csv"):
        epochs.replace(home / "diverged" / epochs.name)
    return count, replaced


def _same(run: Path, other: Path) -> bool:
    """Whether every file of the run is in the other folder too; that may hold more, e.g. plots drawn later."""
    for path in run.rglob("*"):
        copy = other / path.relative_to(run)
        if path.is_file() and not (copy.is_file() and copy.read_bytes() == path.read_bytes()):
            return False
    return True
