"""How much the engine has to do, and with what."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WorkerUse:
    """A worker process: its memory in bytes (None: the scheduler does not know), and whether it trains."""

    memory: int | None
    busy: bool


@dataclass(frozen=True)
class Load:
    """Trainings that wait and run, and the workers."""

    waiting: int
    running: int
    workers: tuple[WorkerUse, ...]
