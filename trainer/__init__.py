"""The tutorial, runnable and readable from top to bottom.

One module for each step, in the order in which the tutorial takes them:
`load`, `explore`, `preprocess`, `build`, `compile`, `train`, `evaluate`, `predict`.
`pipeline` runs them all; `python -m trainer` is the pipeline without any chat.

Importing this package, `trainer.config`, `trainer.events`, `trainer.errors`, `trainer.runs.folder`, `trainer.steps.load`
or `trainer.steps.predict` never imports TensorFlow.
"""

from typing import Final

# The tutorial's step ids: option value, lesson file, module and test share the word.
STEPS: Final = (
    "intro",
    "load",
    "explore",
    "preprocess",
    "build",
    "compile",
    "train",
    "evaluate",
    "predict",
    "summary",
)
