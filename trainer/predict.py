"""Use the trained network, without TensorFlow: what a run says about pictures in the data set's style."""

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.errors import RunError
from trainer.familiarity import Familiarity
from trainer.preprocess import scale
from trainer.quiet import quiet_standard_error
from trainer.runs import Run


@dataclass(frozen=True)
class Prediction:
    """What the network says: float32[10] that sum to 1; confidence is not truth.

    `far` means: unlike every training image (`distance` over `threshold`, see trainer.familiarity).
    """

    probabilities: NDArray[np.float32]
    label: int
    confidence: float
    far: bool
    distance: float
    threshold: float


class Predictor:
    """A run's network, loaded once. Raises RunError (`run_unreadable`) if its files are damaged."""

    def __init__(self, run: Run) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            content = (run.path / "model.tflite").read_bytes()
            with quiet_standard_error():
                self._interpreter: Any = Interpreter(model_content=content, num_threads=1)
            self._familiarity = Familiarity.load(run.path / "familiarity.npz")
        except (OSError, ValueError, KeyError, EOFError):
            raise RunError("run_unreadable", path=run.path) from None
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._count = 0
        self._lock = threading.Lock()  # the interpreter keeps its tensors between calls

    def __call__(self, images: NDArray[np.uint8]) -> list[Prediction]:
        """Classify uint8[n, 28, 28], bright on black."""
        probabilities = self._probabilities(scale(images))
        threshold = self._familiarity.threshold
        return [
            Prediction(row, int(row.argmax()), float(row.max()), bool(far > threshold), float(far), threshold)
            for row, far in zip(probabilities, self._familiarity.score(images), strict=True)
        ]

    def _probabilities(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        # A single image is a batch of one: the network takes float32[n, 28, 28], whatever n.
        with self._lock:
            if len(images) != self._count:
                self._interpreter.resize_tensor_input(self._input, images.shape)
                self._interpreter.allocate_tensors()
                self._count = len(images)
            self._interpreter.set_tensor(self._input, images)
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._output)
