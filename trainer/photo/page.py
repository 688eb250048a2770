"""Find the picture of a garment on a long page, e.g. a screenshot of a shop's page with texts, bars and pictures."""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from trainer.photo.border import Mask, Rgb

_EDGE: Final = 0.02  # of the width: its pixels say what the background of a row is
_DIFFERENT: Final = 12.0  # Euclidean distance in CIE Lab from the background; noise and soft shadows are below it
_THICKNESS: Final = 5  # pixels; letters and lines are thinner
_LEAST_SIDE: Final = 28  # pixels; and a part of the page's width
_LEAST_SHARE: Final = 0.12
_LONGEST: Final = 3.0  # times as long as wide; longer parts are bars, or rows of pictures
_LIKE_THE_LARGEST: Final = 0.7  # of its area: pictures of one size, of which the first one counts
_PHOTO: Final = 0.95  # share of its box that a photograph covers; a garment before the page covers less
_LEAST_BLANK: Final = 0.05  # share of rows without anything thick; a photograph that is only narrow has fewer
_MARGIN: Final = 0.08  # of the longest side of a garment, so that there is a background around it


def picture_on_page(rgb: Rgb) -> tuple[slice, slice] | None:
    """Rows and columns of the largest picture on a page uint8[h, w, 3], whichever side is longer; None without any.

    Of several that are nearly as large, the first one from the page's beginning.
    """
    upright = rgb.shape[0] >= rgb.shape[1]
    rows, columns = _box(rgb if upright else rgb.transpose(1, 0, 2)) or (None, None)
    if rows is None or columns is None:
        return None
    return (rows, columns) if upright else (columns, rows)


def _box(page: Rgb) -> tuple[slice, slice] | None:
    width = page.shape[1]
    foreground = _foreground(page)
    if not foreground.any() or foreground.any(axis=1).mean() > 1 - _LEAST_BLANK:
        return None
    count, _, stats, _ = cv2.connectedComponentsWithStats(foreground, connectivity=8)
    least = max(_LEAST_SIDE, _LEAST_SHARE * width)
    parts = [
        part
        for part in stats[1:count].tolist()
        if min(part[2:4]) >= least and max(part[2:4]) <= _LONGEST * min(part[2:4])
    ]
    if not parts:
        return None
    largest = max(part[4] for part in parts)
    left, top, wide, high, area = min(
        (part for part in parts if part[4] >= _LIKE_THE_LARGEST * largest), key=lambda part: part[1]
    )
    margin = 0 if area > _PHOTO * wide * high else round(_MARGIN * max(wide, high))
    rows = slice(max(0, top - margin), min(page.shape[0], top + high + margin))
    return rows, slice(max(0, left - margin), min(width, left + wide + margin))


def _foreground(page: Rgb) -> Mask:
    """uint8[h, w] of 0 and 1: what differs from the colours at both ends of its row, without thin parts."""
    lab = cv2.cvtColor(page.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    edge = max(1, round(_EDGE * page.shape[1]))
    nearest = np.minimum(_distance(lab, lab[:, :edge]), _distance(lab, lab[:, -edge:]))
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (_THICKNESS, _THICKNESS))
    return cv2.morphologyEx((nearest > _DIFFERENT).astype(np.uint8), cv2.MORPH_OPEN, kernel)


def _distance(lab: NDArray[Any], edge: NDArray[Any]) -> NDArray[np.float32]:
    """From the median colour of the edge in each row: float32[h, w]."""
    return np.sqrt(((lab - np.median(edge, axis=1, keepdims=True)) ** 2).sum(axis=-1))
