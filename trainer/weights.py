"""The weights of a saved run, read without TensorFlow."""

import io
import zipfile

import numpy as np
from numpy.typing import NDArray

from trainer.runs import Run

_PIXELS = 784


def hidden_weights(run: Run) -> NDArray[np.float32] | None:
    """What the first dense layer multiplies the pixels with, float32[784, units]; None if there is no such layer.

    A .keras file is a zip archive with the weights as HDF5 inside.
    """
    import h5py

    try:
        with zipfile.ZipFile(run.path / "model.keras") as archive:
            content = io.BytesIO(archive.read("model.weights.h5"))
    except (OSError, KeyError, zipfile.BadZipFile):
        return None
    found: list[NDArray[np.float32]] = []

    def look(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and name.startswith("layers/") and item.shape[:1] == (_PIXELS,):
            found.append(np.asarray(item, np.float32))

    with h5py.File(content, "r") as file:
        file.visititems(look)
    return found[0] if found and found[0].ndim == 2 else None  # noqa: PLR2004 a matrix
