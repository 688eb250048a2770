"""Step 1.4: the tutorial's network, 784 - 128 - 10 with 101 770 parameters."""

from typing import TYPE_CHECKING, Final

from trainer.config import Recipe

if TYPE_CHECKING:
    import keras

# Adam's learning rate is Keras' default; epochs and batch size are the tutorial's.
RECIPE: Final = Recipe(
    name="tutorial", epochs=10, batch_size=32, learning_rate=0.001, optimizer="Adam", seconds=5, accuracy=0.88
)


def build() -> "keras.Model":
    """float32[n, 28, 28] in [0, 1] to probabilities float32[n, 10]."""
    import keras

    return keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),  # 28 x 28 pixels to a row of 784; nothing to learn
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),  # one confidence for each class, with sum 1
        ]
    )


def optimizer(learning_rate: float, _steps: int) -> "keras.optimizers.Optimizer":
    """Adam with Keras' defaults and a constant learning rate."""
    import keras

    return keras.optimizers.Adam(learning_rate)
