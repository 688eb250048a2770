"""How long trainings take here, measured, and when the waiting ones will therefore start."""

import heapq
from collections import deque
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Final

from trainer.config import Config

KEPT: Final = 5  # the last trainings with the same settings
_Settings = tuple[str, str, int, int, bool]


class Durations:
    """Seconds for which finished trainings kept a worker, by the settings that decide it."""

    def __init__(self) -> None:
        self._measured: dict[_Settings, deque[float]] = {}

    def note(self, config: Config, seconds: float) -> None:
        """Add a measurement."""
        self._measured.setdefault(_settings(config), deque(maxlen=KEPT)).append(seconds)

    def expected(self, config: Config) -> float | None:
        """The mean of the last KEPT trainings with these settings; None before the first one has finished."""
        measured = self._measured.get(_settings(config))
        return fmean(measured) if measured else None

    def expected_starts(
        self, waiting: Iterable[Config], running: Sequence[tuple[Config, float]], free: int
    ) -> list[float | None]:
        """Seconds until each waiting job starts, in the order of the queue.

        running: the configuration of each job at a worker, and the seconds for which it has been there; free: workers
        without a job. From the first job on whose start depends on an unknown duration, all are None.
        """
        left = [0.0] * free  # seconds until a worker is free
        known = True
        for config, elapsed_s in running:
            expected_s = self.expected(config)
            known = known and expected_s is not None
            left.append(max(0.0, (expected_s or 0.0) - elapsed_s))
        heapq.heapify(left)
        starts: list[float | None] = []
        for config in waiting:
            if not left or not (known or free):
                starts.append(None)
                continue
            free = max(0, free - 1)
            start_s = heapq.heappop(left)
            starts.append(start_s)
            expected_s = self.expected(config)
            known = known and expected_s is not None
            heapq.heappush(left, start_s + (expected_s or 0.0))
        return starts


def _settings(config: Config) -> _Settings:
    return (config.recipe, config.dataset, config.epochs, config.batch_size, config.augment)
