"""What comes before the first training of a process: importing TensorFlow, and compiling the training loop.

`python -m trainer.runtime.warm_up HOME` compiles the loop of a default training and keeps it in HOME for other processes; it
ends when its standard input does.
"""

import contextlib
import gc
import importlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Final

import numpy as np

from trainer.config import Config
from trainer.data.fashion_mnist import dataset_ready
from trainer.data.idx import aligned
from trainer.errors import TrainingCancelled
from trainer.recipes import configure
from trainer.runtime.quiet import quiet_standard_error
from trainer.runtime.xla import drop_recorded, is_kept, prepare_xla, recording
from trainer.settings import TrainerSettings, prepare_home

_IMAGES: Final = 60_000  # of Fashion-MNIST: the compiled loop is made for so many


def import_pipeline() -> ModuleType:
    """trainer.pipeline, and with it TensorFlow, in four fifths of the time.

    Python searches everything for garbage again and again while modules are made, and finds none that matters; what
    is there afterwards stays until the end, so it is not searched again either.
    """
    if (pipeline := sys.modules.get("trainer.pipeline")) is not None:
        return pipeline
    gc.disable()
    try:
        with quiet_standard_error():
            return importlib.import_module("trainer.pipeline")
    finally:
        gc.enable()
        gc.freeze()


def prepare(settings: TrainerSettings) -> None:
    """For a process that is to train often: import everything and, for Fashion-MNIST, compile the default training.

    If it was never compiled on this machine, another process does so first: what XLA needs while it compiles, 90 MB,
    would stay with this one.
    """
    real = settings.tutor_dataset != "practice" and dataset_ready(settings)
    compiling = None
    if real and not is_kept(settings.tutor_home):
        command = [sys.executable, "-m", "trainer.runtime.warm_up", str(settings.tutor_home)]
        compiling = subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 our own program
    prepare_xla(settings.tutor_home)
    import_pipeline()
    if compiling is not None:
        compiling.wait()
    if real:
        compile_default()


def compile_default() -> None:
    """Have what a default training on Fashion-MNIST compiles, for the next one in this process: one step on nothing."""
    from trainer.recipes import recipe_module
    from trainer.steps.build import build, hand_back
    from trainer.steps.compile import compile_model
    from trainer.steps.train import train

    config = configure(seed=0)
    model = build(config.recipe, config.seed)
    compile_model(model, recipe_module(config.recipe).optimizer(config.learning_rate, config.epochs))
    images, labels = aligned((_IMAGES, 28, 28)), np.zeros(_IMAGES, np.uint8)
    calls = iter((False, True))
    with contextlib.suppress(TrainingCancelled):
        train(
            model,
            images,
            labels,
            epochs=1,
            batch_size=config.batch_size,
            seed=config.seed,
            test=(images[:1000], labels[:1000]),
            should_stop=lambda: next(calls),
        )
    hand_back(config.recipe, model)


def is_default(config: Config) -> bool:
    """Whether `compile_default` compiles what this training needs, on Fashion-MNIST; epochs and rates are no matter."""
    default = configure()
    return (config.recipe, config.batch_size) == (default.recipe, default.batch_size)


def main(home: Path) -> None:
    """Compile and keep, unless it is kept."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    prepare_home(home)
    if is_kept(home):
        return
    with recording(home) as keep:
        prepare_xla(home)
        import_pipeline()
        compile_default()
        keep()


def _end_with_parent() -> None:
    os.read(0, 1)  # not sys.stdin: Python could not end while a thread waits for it
    drop_recorded()
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
