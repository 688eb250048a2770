"""Step 1.4: the tutorial's network, 784 - 128 - 10 with 101 770 parameters."""

import keras


def build() -> keras.Model:
    """float32[n, 28, 28] in [0, 1] to probabilities float32[n, 10]."""
    return keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),  # 28 x 28 pixels in a row of 784; nothing to learn here
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),  # one confidence for each class, together 1
        ]
    )


def optimizer(learning_rate: float, _steps: int) -> keras.optimizers.Optimizer:
    """Adam with Keras' defaults; the learning rate stays what it is."""
    return keras.optimizers.Adam(learning_rate)
