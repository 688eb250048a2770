"""Step 1.3: bring the pixel values from 0 ... 255 to the range from 0 to 1."""

import numpy as np
from numpy.typing import NDArray


def scale(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8[n, 28, 28] to float32[n, 28, 28] in [0, 1]; training and test images must be treated alike."""
    return images.astype(np.float32) / np.float32(255)
