"""Many training steps in one compiled call.

`fit` returns to Python after each step, which takes most of its time. `steps` compiles a loop over many steps,
`answers` a model's answers on many images; `twin` keeps both for the next training of this process; `epochs` calls the
compiled loop in chunks short enough for progress and cancellation.
"""
