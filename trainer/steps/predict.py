"""Step 1.8: use the trained network, without TensorFlow.

A saved run holds the network a second time as model.tflite. LiteRT answers from it in some 20 microseconds where
`model.predict` takes 100 milliseconds, and needs 40 MB instead of 600.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trainer.confidence.calibration import calibrated
from trainer.confidence.cut_out import doubts_of
from trainer.confidence.familiarity import Familiarity, failed_check_names
from trainer.confidence.nearest import Neighbours
from trainer.errors import RunError
from trainer.photo.seen import Seen
from trainer.runs.fingerprints import own_file
from trainer.runs.folder import Run
from trainer.runs.litert import Network
from trainer.steps.preprocess import scale


@dataclass(frozen=True)
class Prediction:
    """The answer to one picture.

    `probabilities` float32[10] with sum 1, calibrated; `label` is the most probable class, `confidence` its share.
    `failed`: the checks of `trainer.confidence.familiarity` by which the picture resembles no training image, the worst
    first. From `Predictor.look` alone: `nearest`, the most similar training images, None for an old run; `doubts`: why
    the cut-out and the answer are uncertain (see `trainer.confidence.cut_out`); `other`: label of the other cut-out.
    """

    probabilities: NDArray[np.float32]
    label: int
    confidence: float
    failed: tuple[str, ...] = ()
    dataset: str = "fashion-mnist"  # what the network was trained on
    nearest: Neighbours | None = None
    doubts: tuple[str, ...] = ()
    other: int | None = None

    @property
    def far(self) -> bool:
        """Whether any check failed."""
        return bool(self.failed)

    @property
    def sure(self) -> bool:
        """Whether the answer comes without a warning."""
        return not self.failed and not self.doubts


def predict(network: Network, views: NDArray[np.uint8], temperature: float) -> Prediction:
    """Classify one picture by its views uint8[n, 28, 28]; `temperature` calibrates the confidence."""
    answers = network(scale(views))  # ten probabilities for each view
    probabilities = calibrated(answers.mean(axis=0, keepdims=True), temperature)[0]
    label = int(probabilities.argmax())
    return Prediction(probabilities, label, confidence=float(probabilities[label]))


class Predictor:
    """The network of one saved run, ready to answer; may be called from several threads."""

    def __init__(self, run: Run, *, many: bool = False) -> None:
        """Load the network; RunError `run_unreadable` if a file is missing or broken, `run_changed` if foreign.

        many: for thousands of pictures.
        """
        try:
            self._network = Network(own_file(run, "model.tflite"), many=many)
            self._familiarity = Familiarity.load(run.path / "familiarity.npz")
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise RunError("run_unreadable", path=run.path) from error
        self._dataset = run.dataset
        self._temperature = run.temperature

    def __call__(self, images: NDArray[np.uint8]) -> list[Prediction]:
        """Classify many pictures with one view each, uint8[n, 28, 28] in the data set's style (see `trainer.photo`)."""
        answers = [predict(self._network, image[None], self._temperature) for image in images]
        return [
            replace(answer, failed=failed_check_names(scores), dataset=self._dataset)
            for answer, scores in zip(answers, self._familiarity.scores(images), strict=True)
        ]

    def look(self, seen: Seen) -> Prediction:
        """Classify one uploaded picture; the checks and the nearest training images are those of its first view."""
        answer, second = predict(self._network, seen.views, self._temperature), None
        if seen.second is not None:
            second = predict(self._network, seen.second.views, self._temperature)
        return replace(
            answer,
            failed=failed_check_names(self._familiarity.scores(seen.pixels[None])[0]),
            dataset=self._dataset,
            nearest=self._familiarity.nearest(seen.pixels),
            doubts=doubts_of(seen, answer.probabilities, None if second is None else second.probabilities),
            other=None if second is None else second.label,
        )

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's own answers as Keras gives them, not calibrated: uint8[n, 28, 28] to float32[n, 10]."""
        return self._network(scale(images))
