"""Step 1.5: how the network is corrected (optimizer), by what (loss), and what we watch (metric)."""

import keras


def compile_model(model: keras.Model, learning_rate: float) -> None:
    """Compile in place: Adam, cross-entropy for integer labels, accuracy."""
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
