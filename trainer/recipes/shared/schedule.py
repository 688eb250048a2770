"""AdamW with a learning rate schedule."""

# pyright: reportArgumentType=false
# (Keras annotates `learning_rate` more narrowly than it is.)
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import keras

WARM_UP: Final = 0.2  # share of the steps in which the learning rate rises; then it falls to zero
WEIGHT_DECAY: Final = 0.1
BETA_2: Final = 0.98  # Adam averages squared gradients over 50 steps: a run of `fast` has only 1320


def adamw(learning_rate: float, steps: int) -> "keras.optimizers.Optimizer":
    """AdamW; the learning rate rises to its peak in the first fifth of the steps and falls to zero at the last."""
    import keras

    warm_up = round(WARM_UP * steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=learning_rate, warmup_steps=warm_up
    )
    return keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY, beta_2=BETA_2)
