"""What runs in the process of the exercises. The bot's process imports this module only to name its functions."""

import gc
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bot.exercises.answers import Exercise
from bot.pictures.data import dataset_for, load_in_time
from trainer.language import Language
from trainer.runs.folder import open_run
from trainer.runtime.imports import importing_tensorflow
from trainer.runtime.memory import return_freed_memory
from trainer.settings import TrainerSettings


def warm_up() -> None:
    """Import what all exercises need; TensorFlow is imported by the first that needs it."""
    import trainer.exercises.evaluate
    import trainer.exercises.explore
    import trainer.exercises.load
    import trainer.exercises.preprocess  # noqa: F401


def run(step: str, seed: int, language: Language, run: Path | None, revealed: bool, given: dict[str, Any]) -> Exercise:
    """See Exercises.run; `given` are the trainer's settings."""
    from trainer.exercises import evaluate, explore, load, preprocess

    if step == "load":
        settings = TrainerSettings(**given)
        return Exercise(*load.run(partial(load_in_time, settings.tutor_dataset, settings)))
    if step == "evaluate" and run is not None:
        opened = open_run(run)
        return Exercise(*evaluate.run(opened, dataset_for(given, opened), language, seed))
    dataset = dataset_for(given)
    if step == "explore":
        return Exercise(*explore.run(dataset, language, seed, revealed=revealed))
    if step == "preprocess":
        return Exercise(*preprocess.run(dataset, language, seed))
    outcome = _needing_tensorflow(step)(dataset, language, seed)
    gc.collect()  # Keras models hold reference cycles
    return_freed_memory()
    return Exercise(*outcome)


def draw_options(options: tuple[str, ...], seed: int, language: Language, given: dict[str, Any]) -> Exercise:
    """See Exercises.draw_options."""
    from trainer.exercises.options import draw_options

    return Exercise({}, draw_options(dataset_for(given), language, seed, options))


def _needing_tensorflow(step: str) -> Callable[..., tuple[dict[str, Any], bytes]]:
    """The function of `build` or `compile`; KeyError for any other step."""
    for kind in ("INTRAOP", "INTEROP"):  # for a few images; more threads would only take memory
        os.environ.setdefault(f"TF_NUM_{kind}_THREADS", "1")
    with importing_tensorflow():
        from trainer.exercises import build
        from trainer.exercises import compile as compile_step
    return {"build": build.run, "compile": compile_step.run}[step]
