# pyright: reportArgumentType=false
# (Keras annotates `learning_rate` more narrowly than it is.)
"""What twenty minutes on two cores can buy: a residual network, and training images that are never the same twice.

After "Deep Residual Learning" (He et al., arXiv 1512.03385), made small for 28 x 28 pixels.
"""

from typing import Final

import keras

WIDTHS: Final = (48, 96, 192)  # filters at 14 x 14, 7 x 7 and 4 x 4
WARM_UP: Final = 0.2  # share of the steps in which the learning rate rises; then it falls to nothing
WEIGHT_DECAY: Final = 0.05


def build() -> keras.Model:
    """float32[n, 28, 28] in [0, 1] to probabilities float32[n, 10]."""
    images = keras.Input((28, 28))
    maps = keras.layers.Reshape((28, 28, 1))(images)
    maps = _convolution(maps, 16)
    for filters in WIDTHS:
        maps = _convolution(maps, filters, strides=2)
        maps = _residual(maps, filters)
    features = keras.layers.GlobalMaxPooling2D()(maps)
    return keras.Model(images, keras.layers.Dense(10, activation="softmax")(features))


def _convolution(maps: keras.KerasTensor, filters: int, strides: int = 1) -> keras.KerasTensor:
    maps = keras.layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(maps)
    maps = keras.layers.BatchNormalization(momentum=0.9)(maps)
    return keras.layers.ReLU()(maps)


def _residual(maps: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    """What two convolutions add to what is there already: if they have nothing to add, they can learn to be nothing."""
    return keras.layers.Add()([maps, _convolution(_convolution(maps, filters), filters)])


def optimizer(learning_rate: float, steps: int) -> keras.optimizers.Optimizer:
    """AdamW; the learning rate rises to its peak in the first steps and falls to nothing at the last one."""
    warm_up = round(WARM_UP * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=learning_rate, warmup_steps=warm_up
    )
    return keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY)
