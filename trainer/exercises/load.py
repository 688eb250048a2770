"""Load: the data set is read once more, and what was read is described."""

import time
from collections.abc import Callable
from typing import Any, Final

from trainer.data.dataset import Dataset
from trainer.steps.explore import count_labels

_ARRAYS: Final = ("train_images", "train_labels", "test_images", "test_labels")


def run(load: Callable[[], Dataset]) -> tuple[dict[str, Any], bytes]:
    """Names, types and shapes of the four arrays, the images of each class, and the seconds that `load` took.

    `load` calls `trainer.steps.load.load_data`; its errors pass. There is no picture: ten bars of the same height say
    less than the counts.
    """
    began = time.perf_counter()
    dataset = load()
    seconds = time.perf_counter() - began
    arrays = {name: getattr(dataset, name) for name in _ARRAYS}
    return {
        "dataset": dataset.name,
        "arrays": tuple((name, str(array.dtype), array.shape) for name, array in arrays.items()),
        "train_counts": tuple(count_labels(dataset.train_labels).tolist()),
        "test_counts": tuple(count_labels(dataset.test_labels).tolist()),
        "seconds": seconds,
    }, b""
