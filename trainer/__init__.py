"""The Keras tutorial on Fashion-MNIST as a package; `python -m trainer` runs it.

`steps` has a module for each step of the tutorial, in this order: `load`, `explore`, `preprocess`, `build`, `compile`,
`train`, `evaluate`, `predict`. `pipeline` runs them all.

Only `pipeline`, `loop`, `recipes.shared` and the steps `build`, `compile`, `train` and `evaluate` import TensorFlow.
"""

from typing import Final

# The ids of the steps: the option `step`, the lesson's file, its picture and the module in `steps` share the word.
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
