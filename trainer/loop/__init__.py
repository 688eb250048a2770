"""Many training steps in one compiled call; most of the time of `model.fit` is Python between the steps.

`compiled` has the functions, `twin` keeps them for the next training of this process, and `epochs` calls them in chunks
short enough for progress and cancellation.
"""
