"""A trained run is a folder; it exists whole or not at all.

`<id>/`: `model.keras`, `model.tflite` (predicts without TensorFlow), `familiarity.npz`, `run.json`, `history.csv`,
`plots/<name>.<language>.png`.
"""

import csv
import glob
import io
import json
import logging
import os
import re
import secrets
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from filelock import FileLock, Timeout

from trainer.errors import RunError
from trainer.events import EpochEnded

SCHEMA_VERSION: Final = 1
RUN_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
_HISTORY_FIELDS: Final = ("epoch", "loss", "accuracy", "test_loss", "test_accuracy", "elapsed_s")
_PARTIAL: Final = ".partial-"
_LOCK: Final = ".lock"
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are easily confused when read aloud
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """A saved run; `record` is run.json as it stands."""

    path: Path
    record: dict[str, Any]

    @property
    def id(self) -> str:
        """The run's id, also when its folder was renamed."""
        return str(self.record["id"])

    @property
    def dataset(self) -> str:
        """`fashion-mnist` or `practice`."""
        return str(self.record["dataset"]["name"])

    @property
    def metrics(self) -> dict[str, Any]:
        """test_accuracy, test_loss, train_accuracy, train_loss, recall float[10], confusion int[10][10]."""
        return self.record["metrics"]

    @property
    def test_accuracy(self) -> float:
        """Fraction of the test images that are classified rightly."""
        return float(self.metrics["test_accuracy"])

    @property
    def test_loss(self) -> float:
        """Mean cross-entropy on the test images, in nats."""
        return float(self.metrics["test_loss"])

    @property
    def temperature(self) -> float:
        """What its answers are calibrated by (see `calibrate`); 1, not at all, for a run saved before that was done."""
        calibration = self.record.get("calibration")
        return float(calibration["temperature"]) if calibration else 1.0

    @property
    def history(self) -> list[EpochEnded]:
        """history.csv, an entry an epoch."""
        return read_history(self.path / "history.csv")

    def plot(self, name: str, language: str) -> bytes | None:
        """The PNG of one plot in a language, in the other one where it was not drawn, or None."""
        for path in (self.path / "plots" / f"{name}.{language}.png", *self.path.glob(f"plots/{name}.*.png")):
            if path.is_file():
                return path.read_bytes()
        return None


def new_run_id() -> str:
    """An id that sorts by time: UTC date, time, and four random letters."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{''.join(secrets.choice(_LETTERS) for _ in range(4))}"


def runs_folder(home: Path) -> Path:
    """Where the runs of a home lie."""
    return home / "runs"


def open_run(path: Path) -> Run:
    """Read a run folder; RunError (`run_unreadable`) when it is none or its schema is a newer one."""
    try:
        record = json.loads((path / "run.json").read_text(encoding="utf-8"))
        if record["schema"] > SCHEMA_VERSION:
            raise RunError("run_newer", path=path, schema=record["schema"])
        run = Run(path, record)
        _ = run.id, run.dataset, run.test_accuracy, run.test_loss, run.temperature
    except (OSError, ValueError, KeyError, TypeError):
        raise RunError("run_unreadable", path=path) from None
    return run


def find_run_by_id(home: Path, run_id: str) -> Run:
    """The run with this id below `home`; anything but an id is refused, so no path can come from a chat."""
    path = runs_folder(home) / run_id
    if not RUN_ID.fullmatch(run_id) or not path.is_dir():
        raise RunError("run_unknown", name=run_id)
    return open_run(path)


def find_run(home: Path, name: str | None = None) -> Run:
    """A run by id or by folder; None: the latest. For the command line, where paths are the user's own."""
    if name is None:
        if runs := list_runs(home):
            return runs[0]
        raise RunError("no_runs", home=home)
    if (Path(name) / "run.json").is_file():
        return open_run(Path(name))
    return find_run_by_id(home, name)


def list_runs(home: Path) -> list[Run]:
    """All finished runs of a home, newest first; a folder that cannot be read is passed over with a log line."""
    runs: list[Run] = []
    for path in sorted(runs_folder(home).glob("*/run.json"), reverse=True):
        if path.parent.name.startswith("."):
            continue
        try:
            runs.append(open_run(path.parent))
        except RunError as error:
            _log.warning("%s", error)
    return sorted(runs, key=lambda run: str(run.record.get("created", "")), reverse=True)


@contextmanager
def new_run_folder(final: Path) -> Iterator[Path]:
    """A temporary sibling to fill; it becomes `final` at the end, or vanishes if anything failed.

    Raises RunError (`run_exists`) if `final` holds anything; OSError as the file system says it.
    """
    if final.exists() and (not final.is_dir() or any(final.iterdir())):
        raise RunError("run_exists", path=final)
    final.parent.mkdir(parents=True, exist_ok=True)
    partial = final.parent / f".{final.name}{_PARTIAL}{secrets.token_hex(4)}"
    with FileLock(_lock_of(partial)):  # whoever kills this process frees it: see remove_partial_runs
        try:
            partial.mkdir()
            yield partial
            for path in partial.rglob("*"):
                if path.is_file():
                    _sync(path)
            partial.rename(final)  # atomic; an empty `final` may be replaced
            _sync(final.parent)
        finally:
            _discard(partial)


def remove_partial_runs(home: Path) -> None:
    """Clear away what killed processes left in the middle of saving; those of the living are locked."""
    for path in list(runs_folder(home).glob(f".*{_PARTIAL}*")):
        partial = path.with_suffix("") if path.suffix == _LOCK else path
        with suppress(Timeout, OSError), FileLock(_lock_of(partial), timeout=0):
            _discard(partial)


def remove_partial_run(final: Path) -> None:
    """Clear away what there is so far of the one run that was to become `final`."""
    for path in list(final.parent.glob(f".{glob.escape(final.name)}{_PARTIAL}*")):
        _discard(path.with_suffix("") if path.suffix == _LOCK else path)


def _lock_of(partial: Path) -> Path:
    return partial.with_name(partial.name + _LOCK)


def _discard(partial: Path) -> None:
    """A partial folder, if it still has that name, and its lock file."""
    shutil.rmtree(partial, ignore_errors=True)
    _lock_of(partial).unlink(missing_ok=True)


def write_history(path: Path, history: Sequence[EpochEnded]) -> None:
    """history.csv: epoch, loss, accuracy, test_loss, test_accuracy, elapsed_s."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_HISTORY_FIELDS)
        writer.writerows([getattr(epoch, name) for name in _HISTORY_FIELDS] for epoch in history)


def read_history(path: Path) -> list[EpochEnded]:
    """The inverse of `write_history`; OSError, or ValueError and KeyError for a file that is none."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        EpochEnded(
            epoch=int(row["epoch"]), epochs=len(rows), **{name: float(row[name]) for name in _HISTORY_FIELDS[1:]}
        )
        for row in rows
    ]


def diverged_history(home: Path, run_id: str) -> Path:
    """Where the epochs of a training that diverged are kept: it is no run, and nothing looks for one there."""
    return home / "diverged" / f"{run_id}.csv"


def write_record(path: Path, record: dict[str, Any]) -> None:
    """run.json, readable and with NaN refused (ValueError)."""
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def pack_run(path: Path) -> bytes:
    """A run folder as tar bytes, to travel from a worker to the bot."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for file in sorted(path.rglob("*")):
            if file.is_file():
                archive.add(file, arcname=file.relative_to(path).as_posix(), recursive=False)
    return stream.getvalue()


def unpack_run(data: bytes, final: Path) -> Run:
    """Write a packed run to `final`, whole or not at all; RunError for bytes that are no run, OSError if disk fails."""
    with new_run_folder(final) as partial:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                name = PurePosixPath(member.name)
                if not member.isfile() or name.is_absolute() or ".." in name.parts:
                    raise RunError("run_unreadable", path=final)
                target = partial / name
                target.parent.mkdir(parents=True, exist_ok=True)
                content = archive.extractfile(member)
                target.write_bytes(content.read() if content else b"")
        open_run(partial)
    return open_run(final)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
