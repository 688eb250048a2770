"""Step 1.2: the data set and its class names."""

import logging
from collections.abc import Callable
from typing import Final

from trainer.data import practice
from trainer.data.dataset import Dataset
from trainer.data.download import fetch_fashion_mnist
from trainer.data.fashion_mnist import FILES, cache_folders, find_file, home_folder, is_file, load_folder
from trainer.errors import DatasetError
from trainer.events import Event
from trainer.settings import DatasetChoice, TrainerSettings

CLASS_NAMES: Final = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
]  # fmt: skip

_log = logging.getLogger(__name__)


def load_data(
    choice: DatasetChoice = "auto", *, settings: TrainerSettings | None = None,
    on_event: Callable[[Event], None] = lambda _: None, should_stop: Callable[[], bool] = lambda: False,
) -> Dataset:  # fmt: skip
    """Load a data set; a download sends events.

    `fashion-mnist` is searched for in FASHION_MNIST_DIR, in TUTOR_HOME and in the user's Keras cache, then downloaded.
    `auto` falls back to the practice set, with a `notice`. Raises DatasetError if Fashion-MNIST is not available, or if
    FASHION_MNIST_DIR is a folder that does not hold it; TrainingCancelled when a download `should_stop`.
    """
    settings = settings or TrainerSettings()
    if choice == "practice":
        return practice.load_practice(settings.tutor_home)
    if settings.fashion_mnist_dir is not None:
        return load_folder(settings.fashion_mnist_dir)
    for folder in cache_folders(settings.tutor_home):
        if is_file(find_file(folder, next(iter(FILES)))):
            try:
                return load_folder(folder)
            except DatasetError as error:
                _log.warning("%s", error)
    try:
        folder = fetch_fashion_mnist(
            home_folder(settings.tutor_home), FILES, mirror=settings.mirror, proxy_for=settings.proxy_for,
            on_event=on_event, should_stop=should_stop,
        )  # fmt: skip
        return load_folder(folder)
    except DatasetError as error:
        if choice == "fashion-mnist":
            raise
        _log.warning("using the practice set instead of Fashion-MNIST: %s", error)
        return practice.load_practice(settings.tutor_home, notice=error)
