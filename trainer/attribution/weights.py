"""The weights of a dense network, read from its saved run without TensorFlow."""

import io
import zipfile
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.runs.fingerprints import own_file
from trainer.runs.folder import Run

_PIXELS = 784


@dataclass(frozen=True)
class DenseWeights:
    """The tutorial's two dense layers: hidden float32[784, units], output float32[units, 10], and their biases
    float32[units] and float32[10].
    """

    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]

    def activations(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """The activations float32[units] of the hidden layer, after ReLU, for float32[28, 28] in [0, 1]."""
        return np.maximum(pixels.reshape(-1) @ self.hidden + self.hidden_bias, 0)


def dense_weights(run: Run) -> DenseWeights | None:
    """The weights of a saved network; None if its layers are not 784 - units - 10 or it cannot be read.

    Raises RunError `run_changed` if the file is not the run's own.

    A .keras file is a zip archive with the weights as HDF5 inside: `layers/<name>/vars/0` and `1`.
    """
    import h5py

    found: list[NDArray[np.float32]] = []

    def look(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and name.startswith("layers/"):
            found.append(np.asarray(item, np.float32))

    try:
        with zipfile.ZipFile(own_file(run, "model.keras")) as archive:
            content = io.BytesIO(archive.read("model.weights.h5"))
        with h5py.File(content, "r") as file:
            file.visititems(look)
    except (OSError, KeyError, zipfile.BadZipFile):
        return None
    if len(found) != 4:  # noqa: PLR2004 two layers of weights and biases
        return None
    hidden, hidden_bias, output, output_bias = found
    units = hidden_bias.size
    expected = [(_PIXELS, units), (units,), (units, 10), (10,)]
    return DenseWeights(hidden, hidden_bias, output, output_bias) if [a.shape for a in found] == expected else None
