"""Twins: copies of models that keep their compiled functions for the next training of the process.

Compiling takes about half a second, and each compilation by XLA leaves some 9 MB in the process (measured with
TensorFlow 2.21). So a model is not compiled itself: its weights are copied into a twin of the same architecture, which
is trained, and the results are copied back.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from trainer.errors import TrainingCancelled
from trainer.loop.compiled import compile_answers, compile_steps

_BATCH: Final = 1000  # images answered in one call; the size changes no result, because nothing is trained
Scale = Callable[[Any], Any]  # pixel values 0 ... 255, an array or a tensor, to the network's inputs


class Twin:
    """A copy of a model with its compiled functions; see `compile_steps` for `run_steps`."""

    def __init__(self, model: Any, scale: Scale) -> None:
        """Clone a compiled Sequential or functional model; the clone's weights are not set yet."""
        self.model: Any = keras.models.clone_model(model)
        optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        self.model.compile(optimizer=optimizer, loss=model.loss)
        self.run_steps = compile_steps(self.model, scale)
        self._answer_batch = compile_answers(self.model)
        self._scale = scale

    def answer(
        self, images: NDArray[np.uint8], labels: NDArray[np.uint8], should_stop: Callable[[], bool]
    ) -> tuple[float, NDArray[np.float32]]:
        """The mean loss on uint8[n, 28, 28] and labels uint8[n], and the probabilities float32[n, 10].

        Raises TrainingCancelled before a batch if `should_stop()` is true.
        """
        loss_sum, pieces = 0.0, list[NDArray[np.float32]]()
        for first in range(0, len(images), _BATCH):
            if should_stop():
                raise TrainingCancelled
            x, y = self._scale(images[first : first + _BATCH]), labels[first : first + _BATCH]
            loss, probabilities = self._answer_batch(x, y.astype(np.int32))
            loss_sum += float(loss) * len(y)
            pieces.append(probabilities.numpy())
        return loss_sum / len(images), np.concatenate(pieces)


_twins: Final[dict[str, tuple[Any, Twin]]] = {}  # by architecture; the one used last, with what else it depends on


def twin_of(model: Any, scale: Scale) -> Twin:
    """A twin with the weights of a compiled model, to answer as it does."""
    architecture = _architecture(model)
    rest = (_settings(model.optimizer), model.loss, scale)
    known, twin = _twins.get(architecture, (None, None))
    if twin is None or known != rest:
        twin = Twin(model, scale)
        _twins[architecture] = rest, twin
    _copy(model.variables, twin.model.variables)
    return twin


@contextmanager
def training_twin(model: Any, scale: Scale) -> Iterator[Twin]:
    """A twin to train; at the end the model and its optimizer get all that the training has changed."""
    twin = twin_of(model, scale)
    optimizer, twins_optimizer = model.optimizer, twin.model.optimizer
    optimizer.build(model.trainable_variables)
    twins_optimizer.build(twin.model.trainable_variables)
    _copy(optimizer.variables, twins_optimizer.variables)
    try:
        yield twin
    finally:
        _copy(twin.model.variables, model.variables)
        _copy(twins_optimizer.variables, optimizer.variables)


def _copy(source: Sequence[Any], target: Sequence[Any]) -> None:
    for value, variable in zip(source, target, strict=True):
        variable.assign(value.value)


def _architecture(model: Any) -> str:
    """Layers and connections as JSON; the layers are named by their order, because Keras never gives a name twice."""
    text = json.dumps(model.get_config(), default=str)
    for number, name in enumerate(dict.fromkeys(re.findall(r'"name": ("[^"]+")', text))):
        text = text.replace(name, f'"#{number}"')
    return text


def _settings(optimizer: Any) -> dict[str, Any]:
    """All of an optimizer that is compiled in; a constant learning rate is a variable, so it is not."""
    settings = optimizer.get_config() | {"name": type(optimizer).__name__}
    return settings | {"learning_rate": None} if isinstance(settings["learning_rate"], float) else settings
