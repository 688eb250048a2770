"""The trained network in a form that answers without TensorFlow: LiteRT, formerly TensorFlow Lite."""

import contextlib
import io
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trainer.runtime.imports import stderr_suppressed

if TYPE_CHECKING:
    import keras


def to_litert(model: "keras.Model") -> bytes:
    """A .tflite file for any number of images: float32[n, 28, 28] in [0, 1] to probabilities float32[n, 10].

    `model.export(format="litert")` makes the same, but saves and loads the model first: three times as slow.
    """
    import tensorflow as tf

    images: Any = tf.TensorSpec((None, 28, 28), tf.float32, name="images")  # pyright: ignore[reportArgumentType]
    function = tf.function(lambda images: model(images, training=False), input_signature=[images], autograph=False)
    weights: Any = tf.Module()
    weights.held = [variable.value for variable in model.variables]  # or the converter leaves their values out
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], weights)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):  # it prints its progress
        return converter.convert()


class Network:
    """A network loaded from a .tflite file; may be called from several threads."""

    def __init__(self, path: Path, *, many: bool = False) -> None:
        """many: for thousands of images. Raises OSError, ValueError or RuntimeError for a missing or broken file."""
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        # The XNNPACK delegate answers 10 000 images by the recipe `best` in 5 instead of 30 s. For a single image it
        # saves nothing, and it prints to standard error.
        kernels = OpResolverType.AUTO if many else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        with stderr_suppressed() if many else contextlib.nullcontext():
            self._interpreter: Any = Interpreter(
                model_path=str(path), num_threads=1, experimental_op_resolver_type=kernels
            )
            self._interpreter.allocate_tensors()
        self._lock = threading.Lock()  # an interpreter holds one input at a time

    def __call__(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities float32[n, 10] for images float32[n, 28, 28] in [0, 1]."""
        if not len(images):
            return np.zeros((0, 10), np.float32)
        with self._lock:
            given, answer = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
            if tuple(given["shape"]) != images.shape:
                self._interpreter.resize_tensor_input(given["index"], images.shape)
                self._interpreter.allocate_tensors()
            self._interpreter.set_tensor(given["index"], images)
            self._interpreter.invoke()
            return self._interpreter.get_tensor(answer["index"])  # a copy
