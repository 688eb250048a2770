# pyright: reportArgumentType=false
# (Keras annotates `learning_rate` more narrowly than it is.)
"""What eleven minutes on two cores can buy: a residual network, and training images that are never the same twice.

After "Deep Residual Learning" (He et al., arXiv 1512.03385), made small for 28 x 28 pixels.
"""

from typing import Final

import keras

WARM_UP: Final = 0.2  # share of the steps in which the learning rate rises; then it falls to nothing
WEIGHT_DECAY: Final = 0.1
BETA_2: Final = 0.98  # Adam's memory of squared gradients: 50 steps


def build() -> keras.Model:
    """float32[n, 28, 28] in [0, 1] to probabilities float32[n, 10]."""
    images = keras.Input((28, 28))
    maps = keras.layers.Reshape((28, 28, 1))(images)
    # Normalisation of the largest maps costs more time here than it buys.
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu", kernel_initializer="he_normal")(maps)
    for filters in (32, 64):  # at 14 x 14 and at 7 x 7
        maps = _normalised(keras.layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(maps))
        maps = _residual(maps, filters)
    hidden = keras.layers.Flatten()(maps)
    hidden = _normalised(keras.layers.Dense(256, use_bias=False)(hidden))
    return keras.Model(images, keras.layers.Dense(10, activation="softmax")(hidden))


def _residual(maps: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    """What two convolutions add to what is there already: if they have nothing to add, they can learn to be nothing."""
    change = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")(maps)
    change = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(change)
    return keras.layers.Add()([maps, _normalised(change)])


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
