# pyright: reportArgumentType=false
# (Keras annotates `learning_rate` more narrowly than it is.)
"""The most accuracy for the time that the tutorial's plain script takes: three convolutions in front of its network."""

from typing import Final

import keras

WARM_UP: Final = 0.2  # share of the steps in which the learning rate rises; then it falls to nothing
WEIGHT_DECAY: Final = 0.1
BETA_2: Final = 0.98  # Adam's memory of squared gradients is 50 steps long, as there are only 1320 in all


def build() -> keras.Model:
    """float32[n, 28, 28] in [0, 1] to probabilities float32[n, 10]."""
    images = keras.Input((28, 28))
    maps = keras.layers.Reshape((28, 28, 1))(images)
    # Normalisation of large maps costs more time here than it buys.
    maps = keras.layers.Conv2D(8, 3, padding="same", activation="relu", kernel_initializer="he_normal")(maps)
    maps = keras.layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", kernel_initializer="he_normal")(
        maps
    )
    maps = keras.layers.Conv2D(48, 3, strides=2, padding="same", use_bias=False)(maps)
    maps = _normalised(maps)
    hidden = keras.layers.Flatten()(maps)  # 48 maps of 7 x 7
    hidden = keras.layers.Dense(128, use_bias=False)(hidden)
    hidden = _normalised(hidden)
    return keras.Model(images, keras.layers.Dense(10, activation="softmax")(hidden))


def _normalised(values: keras.KerasTensor) -> keras.KerasTensor:
    values = keras.layers.BatchNormalization(momentum=0.9)(values)
    return keras.layers.ReLU()(values)


def optimizer(learning_rate: float, steps: int) -> keras.optimizers.Optimizer:
    """AdamW; the learning rate rises to its peak in the first steps and falls to nothing at the last one."""
    warm_up = round(WARM_UP * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=learning_rate, warmup_steps=warm_up
    )
    return keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY, beta_2=BETA_2)
