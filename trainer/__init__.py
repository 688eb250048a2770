"""The Keras tutorial on Fashion-MNIST as a package; `python -m trainer` runs it.

Read `pipeline` first: `run_tutorial` calls the steps in their order and saves a run. Then `steps`, a module for each
step of the tutorial: `load`, `explore`, `preprocess`, `build`, `compile`, `train`, `evaluate`, `predict`. Around them:

- `recipes`: the networks, `loop`: fast training, `data`: the data sets, `photo`: uploads to 28 x 28 pixels
- `confidence`: calibration and checks, `attribution`: reasons for an answer, `plots`: all pictures
- `runs`: saved runs, `cli`: the command line, `runtime`: operating system, `language`: all sentences

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
