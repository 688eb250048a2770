"""Step 1.5: how the network is corrected (optimizer), by what (loss), and what we watch (metric)."""

from typing import Any

import keras


def compile_model(model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    """Compile in place: the recipe's optimizer, cross-entropy for integer labels, accuracy."""
    if begins_again(model, optimizer):  # it was compiled so for an earlier training
        return
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])


def begins_again(model: Any, optimizer: Any) -> bool:
    """If the model was compiled with such an optimizer before, set its own one back to the start, and say so."""
    own = getattr(model, "optimizer", None)
    if own is None or not own.built or _settings(own) != _settings(optimizer):
        return False
    optimizer.build(model.trainable_variables)
    for variable, first in zip(own.variables, optimizer.variables, strict=True):
        variable.assign(first)
    return True


def _settings(optimizer: Any) -> dict[str, Any]:
    """All that is compiled in; a constant learning rate is a variable."""
    settings = optimizer.get_config() | {"name": type(optimizer).__name__}
    return settings | {"learning_rate": None} if isinstance(settings["learning_rate"], float) else settings
