"""How well a run does on real photographs: a folder of class folders, as `python -m trainer photos DIR` takes it.

The folders are named as in the public clothing data set (github.com/alexeygrigorev/clothing-dataset-small, CC0). Six of
them have a class of Fashion-MNIST; pairs of shoes, seen from above there, count as any kind of shoe; hats, shorts and
skirts have no class, and are looked at only to see what a network makes of them.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.errors import ConfigError, PictureError
from trainer.photo.decode import read_file
from trainer.photo.seen import Seen
from trainer.photo.style import to_dataset_style
from trainer.steps.predict import Prediction, Predictor

GARMENTS: Final = {"t-shirt": 0, "pants": 1, "longsleeve": 2, "dress": 3, "outwear": 4, "shirt": 6}
# What `lenient` counts as right beside the class itself: even people cannot tell every long-sleeved top.
TOLERATED: Final = {"longsleeve": (0, 6), "shoes": (5, 7, 9)}
ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")


@dataclass(frozen=True)
class Photo:
    """One photograph, how it was seen and answered; `seconds` from its bytes to the answer."""

    path: Path
    folder: str
    seen: Seen
    prediction: Prediction
    seconds: float

    @property
    def strict(self) -> bool:
        """Whether the largest of the ten confidences is that of the folder's class."""
        return self.prediction.label == GARMENTS.get(self.folder)

    @property
    def lenient(self) -> bool:
        """Whether it is that or a class tolerated in its place."""
        return self.strict or self.prediction.label in TOLERATED.get(self.folder, ())


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be seen, and why."""

    path: Path
    error: PictureError


def look_at(folder: Path, predictor: Predictor) -> Iterator[Photo | Unreadable]:
    """Classify all pictures in the class folders of `folder`, folder by folder.

    Raises ConfigError (`photos_missing`) when there is no picture in a folder of GARMENTS.
    """
    paths = [path for path in sorted(folder.glob("*/*")) if path.suffix.lower() in ENDINGS]
    if not any(path.parent.name in GARMENTS for path in paths):
        raise ConfigError("photos_missing", folder=folder, names=", ".join(GARMENTS))
    for path in paths:
        began = time.perf_counter()
        try:
            seen = to_dataset_style(read_file(path))
        except PictureError as error:
            yield Unreadable(path, error)
            continue
        prediction = predictor.look(seen)
        yield Photo(path, path.parent.name, seen, prediction, time.perf_counter() - began)


def garments_of(photos: Sequence[Photo]) -> list[Photo]:
    """Those of the six folders that have a class."""
    return [photo for photo in photos if photo.folder in GARMENTS]


def share(photos: Sequence[Photo], right: str) -> float:
    """The fraction of photographs that are `strict` or `lenient` right; NaN for none."""
    return float(np.mean([getattr(photo, right) for photo in photos])) if photos else float("nan")


def taken_for(photos: Sequence[Photo]) -> NDArray[np.int64]:
    """How often each of the ten classes was the answer: int64[10]."""
    return np.bincount([photo.prediction.label for photo in photos], minlength=10)
