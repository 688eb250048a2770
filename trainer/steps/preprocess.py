"""Step 1.3: bring the pixel values from 0 ... 255 to the range from 0 to 1."""

from typing import Any, Final

import numpy as np

WHITE: Final = np.float32(255)


def scale(images: Any) -> Any:
    """An array uint8[n, 28, 28], or a tensor float32[n, 28, 28], to float32[n, 28, 28] in [0, 1].

    Training and test images must be treated alike.
    """
    return images / WHITE
