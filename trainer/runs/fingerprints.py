"""Which network files are a run's own: run.json records their sha256 when they are saved.

A run of an earlier version has no such record, and its files are taken as they are.
"""

import hashlib
from pathlib import Path
from typing import Final

from trainer.errors import RunError
from trainer.runs.folder import Run

NETWORKS: Final = ("model.keras", "model.tflite")


def fingerprints(folder: Path) -> dict[str, str]:
    """The sha256 of each network file of a run folder, in hexadecimal; OSError."""
    return {name: _sha256(folder / name) for name in NETWORKS}


def own_file(run: Run, name: str) -> Path:
    """A network file of the run, to be loaded; RunError `run_changed` if it is not the one that was saved. OSError."""
    path = run.path / name
    recorded = run.record.get("files")
    if recorded is not None:
        expected = recorded.get(name) if isinstance(recorded, dict) else None
        if _sha256(path) != expected:
            raise RunError("run_changed", run=run.id, name=name)
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
