"""The data set in a process that draws: waited for only so long, and kept."""

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from trainer.errors import DatasetError, TrainingCancelled
from trainer.runs.folder import Run
from trainer.settings import DatasetChoice, TrainerSettings

if TYPE_CHECKING:
    from trainer.data.dataset import Dataset

DOWNLOAD_S: Final = 20.0  # then a lesson does without the real data set; what has arrived is kept


def dataset_for(given: dict[str, Any], run: Run | None = None) -> "Dataset":
    """The data set of the run, else of the settings `given`, as the trainer's plain values; DatasetError.

    It is loaded again once the real one has been downloaded: before that, `auto` may be the practice set.
    """
    from trainer.data.fashion_mnist import dataset_ready

    settings = TrainerSettings(**given)
    choice = settings.tutor_dataset
    if run is not None:
        choice = "practice" if run.dataset == "practice" else "fashion-mnist"
    return _kept(choice, tuple(given.items()), dataset_ready(settings))


def load_in_time(choice: DatasetChoice, settings: TrainerSettings) -> "Dataset":
    """Load a data set, downloading for DOWNLOAD_S at most; DatasetError, also `dataset_downloading`."""
    from trainer.steps.load import load_data

    until = time.monotonic() + DOWNLOAD_S
    try:
        return load_data(choice, settings=settings, should_stop=lambda: time.monotonic() > until)
    except TrainingCancelled:
        if choice != "auto":
            raise DatasetError("dataset_downloading") from None
        return load_data("practice", settings=settings)


@lru_cache(maxsize=1)  # 55 MB; loading them takes longer than drawing most lessons
def _kept(choice: DatasetChoice, given: tuple[tuple[str, Any], ...], _downloaded: bool) -> "Dataset":
    return load_in_time(choice, TrainerSettings(**dict(given)))
