"""Layers that several recipes use."""

import keras


def normalised(values: keras.KerasTensor) -> keras.KerasTensor:
    """Batch normalisation, then ReLU; the shape stays."""
    values = keras.layers.BatchNormalization(momentum=0.9)(values)
    return keras.layers.ReLU()(values)


def residual(maps: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    """Add the output of two 3x3 convolutions to `maps` float32[n, h, w, filters].

    After "Deep Residual Learning" (He et al., arXiv 1512.03385): the convolutions can learn to add nothing.
    """
    change = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")(maps)
    change = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)(change)
    return keras.layers.Add()([maps, normalised(change)])
