"""run.json: the record of a run."""

from datetime import UTC, datetime
from typing import Any

from trainer.config import Config
from trainer.runs.folder import SCHEMA_VERSION
from trainer.runs.versions import machine, versions


def run_record(config: Config, run_id: str, **results: Any) -> dict[str, Any]:
    """The content of run.json: when, where and with which configuration a run was trained, then its `results`."""
    return {
        "schema": SCHEMA_VERSION,
        "id": run_id,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "recipe": config.recipe,
        "config": config.to_record(),
        "seed": config.seed,
        "versions": versions(),
        "machine": machine(),
        **results,
    }
