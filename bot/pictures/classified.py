"""What /predict says of a picture, as plain values."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Classified:
    """A run's answer to a picture. Labels are 0 to 9, shares in [0, 1]."""

    label: int
    confidence: float
    probabilities: tuple[float, ...]  # all ten, calibrated
    failed: tuple[str, ...]  # the checks for "far from the training data" that failed, the worst first
    nearest: tuple[int, ...]  # labels of the most similar training images; none if the run keeps no images
    operations: tuple[str, ...]  # what was done to the picture, names as in trainer.photo.seen
    stages: tuple[str, ...]  # the stages that can still be left out
    whole: tuple[int, float]  # label and confidence with no stage left out
    pixels: bytes  # uint8[28 * 28], row by row: what the network was given
    strip: bytes  # the PNG
    upload: str | None = None  # the id of the kept upload; None if it could not be kept


def uploads_folder(home: Path) -> Path:
    """The folder of the kept uploads; their names are `<upload id>.<run id>.npz`."""
    return home / "uploads"
