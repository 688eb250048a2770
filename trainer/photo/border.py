"""How far each pixel of a picture is from the colours of its border."""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

# OpenCV's annotations have no element types; these aliases say what is meant.
Rgb = NDArray[Any]  # uint8[h, w, 3]
Lab = NDArray[Any]  # float32[h, w, 3] or one colour float32[3]
Mask = NDArray[Any]  # uint8[h, w] of 0 and 1

_KINDS: Final = 6  # colours of the border
_COMMON: Final = 0.08  # share of the border; rarer colours belong to a garment that touches it
_SHADOW: Final = 0.7  # of the lightness, because shadows change it more than the colour
_SEED: Final = 0  # k-means draws at random; with a fixed seed a picture always gives the same distances


def distance_from_border(rgb: Rgb) -> NDArray[np.float32]:
    """From RGB uint8[h, w, 3], the distance float32[h, w] in 8-bit Lab from the nearest common colour of the border.

    The colours are found by k-means. All the same where the picture is too small for that.
    """
    lab = cv2.cvtColor(cv2.GaussianBlur(rgb, (0, 0), 1.2), cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] *= _SHADOW
    edge = np.ascontiguousarray(ring(lab, max(2, int(0.04 * min(rgb.shape[:2])))))
    if len(edge) < 10 * _KINDS:
        return np.ones(rgb.shape[:2], np.float32)
    cv2.setRNGSeed(_SEED)
    stop: Any = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, members, centres = cv2.kmeans(edge, _KINDS, None, stop, 1, cv2.KMEANS_PP_CENTERS)  # pyright: ignore
    shares = np.bincount(members[:, 0], minlength=_KINDS) / len(edge)
    distance = np.min([lab_distance(lab, centre) for centre in centres[shares >= _COMMON]], axis=0)
    return np.minimum(distance, np.percentile(distance, 99))


def ring(image: NDArray[Any], width: int) -> NDArray[Any]:
    """The pixels of [h, w, 3] or [h, w] within `width` of the edges: [n, 3] or [n]."""
    inside = np.zeros(image.shape[:2], bool)
    inside[width:-width, width:-width] = True
    return image[~inside]


def lab_distance(lab: Lab, colour: Lab) -> NDArray[np.float32]:
    """CIE76: Euclidean, float32[h, w] for float32[h, w, 3]."""
    return np.sqrt(((lab - colour) ** 2).sum(axis=-1))


def otsu(values: NDArray[np.float32]) -> float:
    """Otsu's threshold of non-negative values, in their own unit."""
    top = max(float(values.max()), 1e-6)
    threshold, _ = cv2.threshold((values / top * 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    return threshold / 255 * top
