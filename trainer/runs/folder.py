"""A trained run is a folder; it is complete or absent.

`<id>/`: `model.keras`, `model.tflite` (predicts without TensorFlow), `familiarity.npz`, `run.json`, `history.csv`,
`plots/<name>.<language>.png`.
"""

import csv
import io
import json
import logging
import re
import secrets
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from trainer.errors import RunError
from trainer.events import EpochEnded
from trainer.runtime.atomic import new_folder, remove_partial

SCHEMA_VERSION: Final = 1
RUN_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
_HISTORY_FIELDS: Final = ("epoch", "loss", "accuracy", "test_loss", "test_accuracy", "elapsed_s")
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that are easily confused
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """A saved run; `record` is the content of run.json."""

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
        """Fraction of the test images that are classified correctly."""
        return float(self.metrics["test_accuracy"])

    @property
    def test_loss(self) -> float:
        """Mean cross-entropy on the test images, in nats."""
        return float(self.metrics["test_loss"])

    @property
    def temperature(self) -> float:
        """The temperature for `trainer.confidence.calibration`; 1 for a run that was saved without one."""
        calibration = self.record.get("calibration")
        return float(calibration["temperature"]) if calibration else 1.0

    @property
    def history(self) -> list[EpochEnded]:
        """history.csv, one entry for each epoch."""
        return read_history(self.path / "history.csv")


def new_run_id() -> str:
    """An id that sorts by time: UTC date, time, and four random letters."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{''.join(secrets.choice(_LETTERS) for _ in range(4))}"


def runs_folder(home: Path) -> Path:
    """The folder of all runs below TUTOR_HOME."""
    return home / "runs"


def open_run(path: Path) -> Run:
    """Read a run folder; RunError: `run_unreadable` if it is not one, `run_newer` if a newer version saved it."""
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
    """The run with this id below `home`; RunError (`run_unknown`) for anything else, e.g. a path sent in a chat."""
    path = runs_folder(home) / run_id
    if not RUN_ID.fullmatch(run_id) or not path.is_dir():
        raise RunError("run_unknown", name=run_id)
    return open_run(path)


def find_run(home: Path, name: str | None = None) -> Run:
    """A run by id or by folder, the latest one for None; for the command line only. Raises RunError."""
    if name is None:
        if runs := list_runs(home):
            return runs[0]
        raise RunError("no_runs", home=home)
    if (Path(name) / "run.json").is_file():
        return open_run(Path(name))
    return find_run_by_id(home, name)


def list_runs(home: Path) -> list[Run]:
    """All runs of a home, newest first; a folder that cannot be read is logged and left out."""
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
    """A temporary folder beside `final` to fill; it becomes `final`, or is removed if anything failed.

    Raises RunError (`run_exists`) if `final` holds anything; OSError.
    """
    if final.exists() and (not final.is_dir() or any(final.iterdir())):
        raise RunError("run_exists", path=final)
    with new_folder(final) as partial:
        yield partial


def remove_partial_runs(home: Path) -> None:
    """Remove run folders that killed processes left incomplete; one that a running process writes stays."""
    remove_partial(runs_folder(home))


def remove_partial_run(final: Path) -> None:
    """Remove what this process has written so far of the run `final`; the process is about to end."""
    remove_partial(final.parent, final.name, in_use=True)


def write_history(path: Path, history: Sequence[EpochEnded]) -> None:
    """history.csv: epoch, loss, accuracy, test_loss, test_accuracy, elapsed_s."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_HISTORY_FIELDS)
        writer.writerows([getattr(epoch, name) for name in _HISTORY_FIELDS] for epoch in history)


def read_history(path: Path) -> list[EpochEnded]:
    """Read what `write_history` wrote; OSError, or ValueError or KeyError for any other file."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        EpochEnded(
            epoch=int(row["epoch"]), epochs=len(rows), **{name: float(row[name]) for name in _HISTORY_FIELDS[1:]}
        )
        for row in rows
    ]


def diverged_history(home: Path, run_id: str) -> Path:
    """The file for the epochs of a training that diverged; it is not listed as a run."""
    return home / "diverged" / f"{run_id}.csv"


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write run.json, indented; ValueError for a NaN, OSError."""
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def pack_run(path: Path) -> bytes:
    """The content of a run folder as a tar archive, to send it from a worker to the bot."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for file in sorted(path.rglob("*")):
            if file.is_file():
                archive.add(file, arcname=file.relative_to(path).as_posix(), recursive=False)
    return stream.getvalue()


def unpack_run(data: bytes, final: Path) -> Run:
    """Write a packed run to `final`; RunError for bytes that are not a run, OSError. Then `final` stays absent."""
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
