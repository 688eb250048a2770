"""How TensorFlow is to use the processor; it asks once, while it is imported."""

import os
from typing import Final

from trainer.recipes import RECIPES

# XLA takes vectors of half the width else; on a processor without wider ones nothing changes. A tenth of the time.
_WIDE_VECTORS: Final = "--xla_cpu_prefer_vector_width=512"


def prepare_processor(recipe: str) -> None:
    """Set what is best for one recipe, before TensorFlow is imported, where the user has not set it already."""
    os.environ.setdefault("XLA_FLAGS", _WIDE_VECTORS)
    if (threads := RECIPES[recipe].threads) is not None:
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(threads))
