"""From any picture to the data set's own style: one garment, bright on black, 28 x 28, longest side 28, centred.

What the published pipeline of Fashion-MNIST does to a shop's picture (section 2 of arXiv 1708.07747) is done here to
what people upload; where it relies on a white background, `segment` looks for the garment instead.
"""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from trainer.photo.crop import SIDE, box, fit, narrowings, toe_to_the_right
from trainer.photo.decode import Picture, decode
from trainer.photo.seen import Seen
from trainer.photo.segment import Garment, Mask, Rgb, find_garment

SHOWN_SIDE: Final = 256  # of the copy that is kept to show where the garment was found

_DARK_CORNERS: Final = 64  # the median of the corners is below this in all 70 000 pictures of the data set
_WHITE: Final = 190  # a plain background from here on is the shop's white
_BLACK: Final = 40  # and up to here the data set's black
_LEAST_CONTRAST: Final = 20  # gray values between background and the middle of the garment
_RECTANGULAR: Final = 0.9  # of its bounding box, what a page covers; garments may be as white as the page around
_PALE: Final = 180  # the brightest parts of garments in the data set are beyond this (5th percentile: 188)
_SOFT_MEAN: Final = 110  # gray value, and the spread around it: what networks of convolutions read best
_SOFT_SPREAD: Final = 30
_MOST_GAIN: Final = 3
_LEAST_COVER: Final = 0.01  # a division by less would be of noise
_SOFTNESS: Final = 1.0  # of the 28 pixels, standard deviation of the blur


def to_dataset_style(data: bytes) -> Seen:
    """Bring the bytes of a picture file to the data set's style; a picture that has it already is left alone.

    Raises PictureError (see `decode`) and nothing else, whatever the bytes are.
    """
    picture = decode(data)
    if (pixels := _already_style(picture)) is not None:
        return Seen(pixels, picture.rgb, None, ("already_style",))
    steps = ["rotated"] if picture.rotated else []
    garment, rgb, corner = _find(picture, steps)
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    brights, mask = _bright_on_black(gray, garment, steps), garment.mask
    if garment.found and toe_to_the_right(mask):
        steps.append("mirrored")
        brights, mask = [bright[:, ::-1] for bright in brights], mask[:, ::-1]
    lies_about = garment.found and garment.background is None
    pixels, *others = _views(brights, mask, narrowings(mask) if lies_about else [1.0], steps)
    views = np.array(others, np.uint8).reshape(-1, SIDE, SIDE)
    return Seen(pixels, *_shown(picture, garment, corner), tuple(steps), views)


def _views(
    brights: list[NDArray[np.float32]], mask: Mask, widths: list[float], steps: list[str]
) -> list[NDArray[np.uint8]]:
    """The garment at each brightness and in each width that the data set might have given it, and their mirror images.

    What stands before a plain background is a shop's picture, whose proportions are the data set's own, and a shoe has
    but one side there: both are seen as they are.
    """
    if widths[0] < 1:
        steps.append("narrowed")
    steps.append("fitted")
    views = [fit(bright, mask, width) for bright in brights for width in widths]
    return views if widths == [1.0] else [*views, *(view[:, ::-1] for view in views)]


def _already_style(picture: Picture) -> NDArray[np.uint8] | None:
    """The very array uint8[28, 28] of a gray 28 x 28 picture on black, else None."""
    if picture.full_size != (SIDE, SIDE) or picture.alpha is not None:
        return None
    if int(np.ptp(picture.rgb.astype(np.int16), axis=2).max()) > 0:
        return None
    pixels = np.ascontiguousarray(picture.rgb[..., 0])
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
    return pixels if np.median(corners) < _DARK_CORNERS and pixels.any() else None


def _find(picture: Picture, steps: list[str]) -> tuple[Garment, Rgb, tuple[int, int]]:
    """The garment, the part of the picture it was looked for in, and that part's top left corner (row, column)."""
    if picture.alpha is not None:
        steps.append("transparent")
        mask = (picture.alpha > 127).astype(np.uint8)  # noqa: PLR2004 half covered
        return Garment(mask, 255, found=True), picture.rgb, (0, 0)
    garment, rgb, corner = find_garment(picture.rgb), picture.rgb, (0, 0)
    if (framed := _look_into_frame(rgb, garment)) is not None:
        steps.append("frame")
        garment, (rows, columns) = framed
        rgb, corner = rgb[rows, columns], (rows.start, columns.start)
    steps.append("whole" if not garment.found else "cut_out" if garment.background is None else "plain")
    return garment, rgb, corner


def _look_into_frame(rgb: Rgb, garment: Garment) -> tuple[Garment, tuple[slice, slice]] | None:
    """If what was found is a page - a picture of the data set on white, a screenshot with bars - what is on it.

    A black bag may be as rectangular as a page. A page of the data set is filled by its garment, which a print on a
    bag is not.
    """
    if garment.background is None or not garment.found:
        return None
    rows, columns = box(garment.mask)
    part = garment.mask[rows, columns]
    if part.mean() < _RECTANGULAR or min(part.shape) < SIDE or part.size > 0.98 * garment.mask.size:
        return None
    inset = 1 + max(part.shape) // 300  # the line between is seldom sharp
    window = slice(rows.start + inset, rows.stop - inset), slice(columns.start + inset, columns.stop - inset)
    within = find_garment(rgb[window])
    if not within.found or within.background is None or within.mask.all():
        return None
    extent = max(side.stop - side.start for side in box(within.mask)) / max(within.mask.shape)
    on_black, on_white = within.background <= _BLACK and extent > 0.85, within.background >= 255 - _BLACK  # noqa: PLR2004
    return (within, window) if on_black or on_white else None


def _bright_on_black(gray: NDArray[Any], garment: Garment, steps: list[str]) -> list[NDArray[np.float32]]:
    """Gray values float32[h, w] in 0 ... 255 as the data set would have them: its pictures are negatives of a shop's.

    Before plain white or black the distance from the background is kept, as the published pipeline does. Elsewhere
    the negative is spread over all values inside the mask. On a floor or a bed a second, soft way is added, which
    networks of convolutions read better: they take folds for zips and buttons. So the published sharpening is left
    out: it costs them 3 points and the tutorial's network nothing. The polarity that makes the garment brighter than
    its background is right a tenth less often.
    """
    background, inside = garment.background, garment.mask > 0
    values = gray.astype(np.float32)
    if background is not None and garment.found and (background >= _WHITE or background <= _BLACK):
        white = background >= _WHITE
        apart = (background - values) / background if white else (values - background) / (255 - background)
        apart = np.clip(255 * apart, 0, 255)
        if np.median(apart[inside]) >= _LEAST_CONTRAST:
            if white:
                steps.append("inverted")
            brightest, least = float(np.percentile(apart[inside], 98)), _PALE if white else _PALE / 2
            if brightest < least:
                steps.append("contrast")
            return [np.minimum(apart * max(1.0, least / brightest), 255)]
    steps += ["inverted", "contrast"]
    negative = 255 - values
    low, high = np.percentile(negative[inside], [2, 98])
    spread = (negative - low) / max(high - low, 16) * 247 + 8  # 16: flat cloth stays flat
    brights = [np.clip(spread, 0, 255)]
    return brights if background is not None else [*brights, _soft(negative, garment.mask)]


def _soft(negative: NDArray[np.float32], mask: Mask) -> NDArray[np.float32]:
    """Folds and prints of float32[h, w] smoothed and paled, inside the mask."""
    cover = mask.astype(np.float32)
    inside = negative[mask > 0]
    gain = min(_SOFT_SPREAD / max(inside.std(), 1), _MOST_GAIN)
    blur = _SOFTNESS / SIDE * max(side.stop - side.start for side in box(mask))
    smooth = cv2.GaussianBlur((negative - inside.mean()) * cover, (0, 0), blur)
    smooth /= np.maximum(cv2.GaussianBlur(cover, (0, 0), blur), _LEAST_COVER)
    return np.clip(smooth * gain + _SOFT_MEAN, 8, 255)


def _shown(picture: Picture, garment: Garment, corner: tuple[int, int]) -> tuple[Rgb, Mask | None]:
    """A small copy of the whole picture and the mask in its coordinates."""
    height, width = picture.rgb.shape[:2]
    scale = min(1.0, SHOWN_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    rgb = picture.rgb
    if picture.alpha is not None:
        cover = picture.alpha[..., None].astype(np.float32) / 255
        rgb = (rgb * cover + 255 * (1 - cover)).round().astype(np.uint8)
    original = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    if not garment.found:
        return original, None
    mask = np.zeros((height, width), np.uint8)
    rows, columns = garment.mask.shape
    mask[corner[0] : corner[0] + rows, corner[1] : corner[1] + columns] = garment.mask * 255
    small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    return original, (small > 127).astype(np.uint8)  # noqa: PLR2004 half covered
