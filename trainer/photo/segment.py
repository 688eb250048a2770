"""Segment the garment in a picture, from the colours of the picture's own border, without training data.

A plain background (a scan, a shop's picture, a picture of the data set) is recognised by its corners, and everything
that differs from it is the garment. Before a busy background (a floor, a bed sheet, a wardrobe) GrabCut segments it.
A second opinion is the distance from the colours of the whole border alone (see `border`): where the two masks differ,
one of them is wrong.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from trainer.photo.border import Lab, Mask, Rgb, distance_from_border, lab_distance, otsu, ring

# Distances are CIE76, Euclidean in CIE Lab: about 2 is just noticeable, black to white is 100.
_SAME_COLOUR: Final = 3.0  # corners closer than this are one background; walls and floors in photographs differ more
_NEAR_BACKGROUND: Final = 5.0
_EXTREME: Final = 10.0  # of lightness to black or white
_PLAIN_RING_SHARE: Final = 0.45  # of the border; garments may touch it, as in the data set
_LEAST_DIFFERENCE: Final = 3.0
_SOFT_SHADOW: Final = 12.0  # in photographs smaller differences are shadows
_DRAWN_NOISE: Final = 0.7  # a background with less noise was not photographed
_LEAST_AREA: Final = 0.002  # of the picture
_GRABCUT_SIDE: Final = 160  # strict accuracy on photographs is 0.435 at 160, 192 and 256
_GRABCUT_ROUNDS: Final = 4  # 2 rounds cost a point of accuracy
_SETTLED: Final = 0.005  # share of pixels that change in a round; GrabCut stops below it
_SEED: Final = 0  # GrabCut draws at random; with a fixed seed a picture always gives the same mask
# Of Otsu's threshold. Low for GrabCut, because it removes pixels better than it adds them, and before a plain
# background, where garments are as pale as it. For the second opinion before a busy background 0.4 to 1 were tried on
# photographs: it says more about the answer the nearer it is to 1, and is right most often from 0.6 to 0.8.
_FIRST_GUESS: Final = 0.3
_SECOND_OPINION: Final = 0.8


@dataclass(frozen=True)
class Garment:
    """A segmented garment: `mask` uint8[h, w] of 0 and 1; all 1, and `found` False, if no garment was found.

    `background` is the gray value (0 ... 255) of a plain background, None before a busy one. `other`: the second
    opinion, a mask likewise, all 1 if it found nothing; None where no garment was found.
    """

    mask: Mask
    background: int | None
    found: bool
    other: Mask | None = None


def find_garment(rgb: Rgb) -> Garment:
    """Segment the garment in RGB uint8[h, w, 3]."""
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    colour = plain_background(lab)
    if colour is None:
        (mask, other), background = _cut_busy(rgb), None
    else:
        mask, other, background = _cut_plain(lab, colour), _cut_plain_by_border(rgb), _gray(colour)
    found = bool(mask.mean() >= _LEAST_AREA)
    if not found:
        return Garment(np.ones_like(mask), background, found)
    return Garment(mask, background, found, other if other.mean() >= _LEAST_AREA else np.ones_like(other))


def plain_background(lab: Lab) -> Lab | None:
    """The Lab colour float32[3] of a plain background, one that corners and much of the border share, or None."""
    height, width = lab.shape[:2]
    side = max(1, int(0.05 * min(height, width)))
    rows, columns = (slice(None, side), slice(-side, None)), (slice(None, side), slice(-side, None))
    corners = [lab[row, column].reshape(-1, 3) for row in rows for column in columns]
    centres = [np.median(corner, axis=0).astype(np.float32) for corner in corners]
    pairs = list(zip(corners, centres, strict=True))
    quiet = [own for corner, own in pairs if np.percentile(lab_distance(corner, own), 90) < _SAME_COLOUR]
    alike = [sum(bool(lab_distance(other, one) < _SAME_COLOUR) for other in quiet) for one in quiet]
    count, colour = max(zip(alike, quiet, strict=True), key=lambda pair: pair[0], default=(0, lab[0, 0]))
    # A garment, a label or a hand may cover one corner. A bag may cover two; then only black or white is a background.
    if count < 2 or (count == 2 and min(colour[0], 100 - colour[0]) > _EXTREME):  # noqa: PLR2004
        return None
    return colour if (lab_distance(ring(lab, side), colour) < _NEAR_BACKGROUND).mean() >= _PLAIN_RING_SHARE else None


def _cut_plain(lab: Lab, colour: Lab) -> Mask:
    distance = lab_distance(lab, colour)
    edge = ring(distance, max(1, int(0.03 * min(distance.shape))))
    noise = float(np.percentile(edge[edge < _NEAR_BACKGROUND], 95)) if (edge < _NEAR_BACKGROUND).any() else 0.0
    drawn = noise < _DRAWN_NOISE
    threshold = max(_LEAST_DIFFERENCE, 1.5 * noise)
    if not drawn:
        threshold = max(threshold, min(_SOFT_SHADOW, 0.3 * otsu(distance)))
    mask = (distance > threshold).astype(np.uint8)
    if not drawn:
        mask = _without_wires(mask)
    # The straps of a drawn sandal may be small parts; small parts of a photograph are specks of the background.
    return fill_holes(_large_parts(mask, 0.005 if drawn else 0.05))


def _cut_plain_by_border(rgb: Rgb) -> Mask:
    distance = distance_from_border(_reduced(rgb))
    mask = (distance > _FIRST_GUESS * otsu(distance)).astype(np.uint8)
    return _enlarged(fill_holes(_large_parts(mask, 0.05)), rgb)


def _cut_busy(rgb: Rgb) -> tuple[Mask, Mask]:
    """The mask by GrabCut, all 0 if it found nothing, and the second opinion."""
    small = _reduced(rgb)
    distance = distance_from_border(small)
    threshold = otsu(distance)
    mask = _grabcut(small, distance > _FIRST_GUESS * threshold)
    if mask is None or mask.mean() < 0.12 or mask.all():  # noqa: PLR2004 only a print of the shirt, or everything
        from_all = _grabcut(small, np.ones(small.shape[:2], bool), rounds=2)
        if from_all is not None and (mask is None or mask.all() or from_all.sum() > mask.sum()):
            mask = from_all
    other = _one_part((distance > _SECOND_OPINION * threshold).astype(np.uint8))
    return _enlarged(np.zeros_like(other) if mask is None else mask, rgb), _enlarged(other, rgb)


def _reduced(rgb: Rgb) -> Rgb:
    height, width = rgb.shape[:2]
    scale = min(1.0, _GRABCUT_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)


def _enlarged(mask: Mask, rgb: Rgb) -> Mask:
    """The mask in the size of the picture."""
    smooth = cv2.resize(mask * 255, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_LINEAR)
    return (smooth > 127).astype(np.uint8)  # noqa: PLR2004 half covered


def _grabcut(rgb: Rgb, likely: NDArray[np.bool_], rounds: int = _GRABCUT_ROUNDS) -> Mask | None:
    """Run GrabCut from a first guess bool[h, w]; None if foreground or background has too few pixels to model."""
    height, width = rgb.shape[:2]
    margin, edge = max(1, int(0.08 * min(height, width))), max(1, round(0.016 * max(height, width)))
    labels = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    middle = (slice(margin, height - margin), slice(margin, width - margin))
    labels[middle] = np.where(likely[middle], cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    for strip in (labels[:edge], labels[-edge:], labels[:, :edge], labels[:, -edge:]):
        strip[:] = cv2.GC_BGD
    few = 50  # pixels; GrabCut fits five Gaussians each to foreground and background
    if not few <= int((labels == cv2.GC_PR_FGD).sum()) <= labels.size - few:
        return None
    cv2.setRNGSeed(_SEED)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(rgb, labels, None, *models, 1, cv2.GC_INIT_WITH_MASK)  # pyright: ignore
    for _ in range(rounds - 1):
        before = labels.copy()
        cv2.grabCut(rgb, labels, None, *models, 1, cv2.GC_EVAL)  # pyright: ignore
        if (before != labels).mean() < _SETTLED:
            break
    mask = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    return _one_part(mask)


def _one_part(mask: Mask) -> Mask:
    return fill_holes(_large_parts(_without_wires(mask), 1.0))


def fill_holes(mask: Mask) -> Mask:
    """The mask uint8[h, w] of 0 and 1 with its holes filled."""
    outside = cv2.copyMakeBorder(1 - mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    _, labels = cv2.connectedComponents(outside, connectivity=4)
    return (labels != labels[0, 0])[1:-1, 1:-1].astype(np.uint8)


def _large_parts(mask: Mask, share: float) -> Mask:
    """The largest connected part and all others of at least `share` of its area; 1.0: the largest alone."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count == 1:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA]
    areas[0] = 0  # the label of the background
    if share >= 1.0:
        return (labels == areas.argmax()).astype(np.uint8)
    return np.isin(labels, np.flatnonzero(areas >= max(1, share * areas.max()))).astype(np.uint8)


def _without_wires(mask: Mask) -> Mask:
    """Remove hooks of hangers and threads by opening; a mask that would lose half of its area is returned unchanged."""
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3)))
    return opened if opened.sum() > 0.5 * mask.sum() else mask


def _gray(lab: Lab) -> int:
    """The gray value 0 ... 255 of one Lab colour."""
    rgb = cv2.cvtColor(lab.reshape(1, 1, 3), cv2.COLOR_LAB2RGB)
    return round(float(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[0, 0]) * 255)
