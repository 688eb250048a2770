"""The trained network in a form that answers without TensorFlow: LiteRT, formerly TensorFlow Lite."""

import contextlib
import io
from typing import Any

import keras
import tensorflow as tf


def to_litert(model: keras.Model) -> bytes:
    """A .tflite file for any number of images: float32[n, 28, 28] in [0, 1] to probabilities float32[n, 10].

    `model.export(format="litert")` makes the same, but saves and loads the model on the way: three times as slow.
    """
    images = tf.TensorSpec((None, 28, 28), tf.float32, name="images")
    function = tf.function(lambda images: model(images, training=False), input_signature=[images], autograph=False)
    weights: Any = tf.Module()
    weights.held = [variable.value for variable in model.variables]  # or the converter leaves their values out
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], weights)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):  # it writes there
        return converter.convert()
