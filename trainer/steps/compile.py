"""Step 1.5: how the network is corrected (optimizer), by what (loss), and what we watch (metric)."""

import keras


def compile_model(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    """Compile in place: the recipe's optimizer, cross-entropy for integer labels, accuracy."""
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
