"""Numbers as colours, the same in all pictures: red speaks for something, blue against it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def red_and_blue(values: NDArray[Any]) -> NDArray[np.uint8]:
    """float[h, w] as uint8[h, w, 3]: positive values red, negative ones blue, 0 white."""
    most = max(float(np.quantile(np.abs(values), 0.99)), 1e-9)  # one far weight must not pale all others
    share = np.clip(values / most, -1, 1)[..., None]
    warm, cold = np.array([178, 24, 43]), np.array([33, 102, 172])
    colours = 255 + np.where(share > 0, share * (warm - 255), -share * (cold - 255))
    return colours.round().astype(np.uint8)
