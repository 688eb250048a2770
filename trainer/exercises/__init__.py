"""The steps to try out: each runs one step of the tutorial on real data and shows what comes out of it.

One module a step, named like it, with a function `run` that returns the figures, as plain values, and a PNG in the
reader's language, b"" where a picture would add nothing. Only `build` and `compile` import TensorFlow.
"""
