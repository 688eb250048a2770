"""Measure a run on real photographs: a folder of class folders, the argument of `python -m trainer photos`.

The folders are named as in the public clothing data set (github.com/alexeygrigorev/clothing-dataset-small, CC0). Six of
them have a class of Fashion-MNIST. Its shoes are pairs photographed from above, so any class of shoe counts as right.
Hats, shorts and skirts have no class; for them only the answers are counted.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.errors import ConfigError, PictureError
from trainer.limits import PICTURE_ENDINGS
from trainer.photo.decode import read_file
from trainer.photo.seen import Seen
from trainer.photo.style import to_dataset_style
from trainer.steps.predict import Prediction, Predictor

GARMENTS: Final = {"t-shirt": 0, "pants": 1, "longsleeve": 2, "dress": 3, "outwear": 4, "shirt": 6}
# Classes that `lenient` counts as right besides the folder's own: long-sleeved tops are hard to tell apart.
TOLERATED: Final = {"longsleeve": (0, 6), "shoes": (5, 7, 9)}


@dataclass(frozen=True)
class Photo:
    """One photograph: its versions on the way to 28 x 28 and the prediction; `seconds` from reading to prediction."""

    path: Path
    folder: str
    seen: Seen
    prediction: Prediction
    seconds: float

    @property
    def strict(self) -> bool:
        """Whether the predicted class is that of the folder."""
        return self.prediction.label == GARMENTS.get(self.folder)

    @property
    def lenient(self) -> bool:
        """Whether the predicted class is that of the folder or one of TOLERATED."""
        return self.strict or self.prediction.label in TOLERATED.get(self.folder, ())


@dataclass(frozen=True)
class Unreadable:
    """A file that could not be read, and why."""

    path: Path
    error: PictureError


def classify_folder(folder: Path, predictor: Predictor) -> Iterator[Photo | Unreadable]:
    """Classify all pictures in the class folders of `folder`, folder by folder.

    Raises ConfigError (`photos_missing`) if none of them is in a folder of GARMENTS.
    """
    paths = [path for path in sorted(folder.glob("*/*")) if path.suffix.lower() in PICTURE_ENDINGS]
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


def answers_of(photos: Sequence[Photo], predictor: Predictor) -> list[Photo]:
    """The answers of another run to photographs that have been read; `seconds` are still those of the first run."""
    return [replace(photo, prediction=predictor.look(photo.seen)) for photo in photos]


def share(photos: Sequence[Photo], right: Literal["strict", "lenient"]) -> float:
    """The fraction of the photographs that are right in this sense; NaN without photographs."""
    return float(np.mean([getattr(photo, right) for photo in photos])) if photos else float("nan")


def predicted_counts(photos: Sequence[Photo]) -> NDArray[np.int64]:
    """How often each class was predicted: int64[10]."""
    return np.bincount([photo.prediction.label for photo in photos], minlength=10)
