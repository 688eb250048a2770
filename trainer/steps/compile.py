"""Step 1.5: choose the optimizer, which changes the weights, the loss to minimise, and the metric to report."""

import keras


def compile_model(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    """Compile in place: the recipe's optimizer, cross-entropy for integer labels, accuracy."""
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
