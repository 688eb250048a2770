"""Step 1.8: use the trained network, without TensorFlow.

A saved run holds the network a second time as model.tflite; LiteRT answers from it in some 20 microseconds where
`model.predict` takes 100 milliseconds, and needs 40 MB instead of 600.
"""

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.confidence.calibration import calibrated
from trainer.confidence.familiarity import Familiarity, failed_check_names
from trainer.confidence.nearest import Neighbours
from trainer.errors import RunError
from trainer.photo.seen import Seen
from trainer.runs.folder import Run


@dataclass(frozen=True)
class Prediction:
    """What a network says of one picture.

    `probabilities` float32[10] with sum 1, calibrated; `label` and `confidence` are the largest one's place and value.
    `failed`: the checks of `familiarity` by which the picture is like nothing the network was trained on, the worst
    first. `nearest`: the most similar training images, where `look` was asked and the run has kept them.
    """

    probabilities: NDArray[np.float32]
    label: int
    confidence: float
    failed: tuple[str, ...] = ()
    dataset: str = "fashion-mnist"  # what the network was trained on
    nearest: Neighbours | None = None

    @property
    def far(self) -> bool:
        """Whether any check failed."""
        return bool(self.failed)


class Predictor:
    """The network of one saved run, ready to answer; may be called from several threads."""

    def __init__(self, run: Run) -> None:
        """Load the network; RunError (`run_unreadable`) if a file of the run is missing or broken."""
        try:
            self._interpreter = _interpreter(str(run.path / "model.tflite"))
            self._familiarity = Familiarity.load(run.path / "familiarity.npz")
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise RunError("run_unreadable", path=run.path) from error
        self._dataset = run.dataset
        self._temperature = run.temperature
        self._lock = threading.Lock()  # an interpreter holds one input at a time

    def __call__(self, images: NDArray[np.uint8]) -> list[Prediction]:
        """Classify uint8[n, 28, 28], in the data set's own style (see `photo`)."""
        probabilities = calibrated(self.probabilities(images), self._temperature)
        labels, confidences = probabilities.argmax(axis=1), probabilities.max(axis=1)
        return [
            Prediction(row, int(label), float(sure), failed_check_names(scores), self._dataset)
            for row, label, sure, scores in zip(
                probabilities, labels, confidences, self._familiarity.scores(images), strict=True
            )
        ]

    def look(self, seen: Seen) -> Prediction:
        """The answer to an uploaded picture: the mean over its views, calibrated. The checks and the nearest training
        images are those of the first view.
        """
        mean = self.probabilities(seen.views).mean(axis=0, keepdims=True)
        shares = calibrated(mean, self._temperature)[0]
        checks = failed_check_names(self._familiarity.scores(seen.pixels[None])[0])
        nearest = self._familiarity.nearest(seen.pixels)
        return Prediction(shares, int(shares.argmax()), float(shares.max()), checks, self._dataset, nearest)

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The network's answer alone, as Keras gives it, not calibrated: float32[n, 10] for uint8[n, 28, 28]."""
        if not len(images):
            return np.zeros((0, 10), np.float32)
        batch = images.astype(np.float32) / 255  # as in training
        with self._lock:
            given, answer = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
            shape = [len(batch), *(int(side) for side in given["shape"][1:])]
            if list(given["shape"]) != shape:
                self._interpreter.resize_tensor_input(given["index"], shape)
                self._interpreter.allocate_tensors()
            self._interpreter.set_tensor(given["index"], batch.reshape(shape))
            self._interpreter.invoke()
            return self._interpreter.get_tensor(answer["index"])  # a copy


def _interpreter(path: str) -> Any:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    # Without the XNNPACK delegate: it would write a line to the process's standard error past Python's logging,
    # and a network of two layers answers in 20 microseconds either way.
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_path=path, num_threads=1, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    return interpreter
