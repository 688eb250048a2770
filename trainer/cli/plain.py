"""The tutorial as one plain script; `bench` measures the trainer against it.

`python -m trainer.cli.plain` reads the data set from `KERAS_HOME`, as Keras does, and prints its figures as a line of
JSON.
"""

import argparse
import json
import time

import keras
import matplotlib.pyplot as plt  # noqa: F401 the tutorial's script imports it, so its time counts
import tensorflow as tf

from trainer.steps.evaluate import evaluate_plain
from trainer.steps.train import fit_plain


def main() -> None:
    """Load, scale, build, compile, fit and evaluate with the tutorial's code; only `keras.Input` is newer."""
    parser = argparse.ArgumentParser(prog="python -m trainer.cli.plain", description="Run the tutorial's plain script.")
    parser.add_argument("--epochs", type=int, default=10)
    epochs = parser.parse_args().epochs

    print(tf.__version__)
    (train_images, train_labels), (test_images, test_labels) = keras.datasets.fashion_mnist.load_data()
    # [preprocess]
    train_images = train_images / 255.0
    test_images = test_images / 255.0
    # [/preprocess]
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    began = time.perf_counter()
    fit_plain(model, train_images, train_labels, epochs=epochs)
    fit_s = time.perf_counter() - began
    test_loss, test_accuracy = evaluate_plain(model, test_images, test_labels)
    print(json.dumps({"fit_s": fit_s, "test_accuracy": test_accuracy, "test_loss": test_loss}))


if __name__ == "__main__":
    main()
