"""Photographs drawn by code: garments of the practice set on floors, walls and bed sheets, easy ones and hard ones.

No photograph is shipped with the project; these stand in for them in a lesson. They say nothing about accuracy on real
ones.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from trainer.data.practice import draw_images

HEIGHT: Final = 200
WIDTH: Final = 160
_SEED: Final = 16  # arbitrary, but fixed: every machine draws the same photographs
_GARMENT: Final = 112  # pixels: four for each of 28
_NOISE: Final = 3.0  # standard deviation in gray values
_FABRICS: Final = ((30, 40, 90), (120, 30, 40), (40, 80, 60), (60, 60, 60), (190, 160, 60), (205, 195, 180))
_GROUNDS: Final = ((190, 150, 110), (205, 205, 210), (120, 135, 160), (225, 215, 195))


def draw_scenes(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """`count` photographs uint8[count, 200, 160, 3] and their labels uint8[count], the ten classes in turn."""
    rng = np.random.default_rng(_SEED)
    labels = (np.arange(count) % 10).astype(np.uint8)
    garments = draw_images(labels, rng)
    return np.stack([_scene(garment, number, rng) for number, garment in enumerate(garments)]), labels


def _scene(garment: NDArray[np.uint8], number: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The garment uint8[28, 28] in the colour of a fabric, turned a little, before a background lit from one side."""
    page = _ground(_GROUNDS[number % len(_GROUNDS)], number % 3, rng)
    page *= np.linspace(0.75, 1.1, WIDTH)[:: int(rng.choice([1, -1]))][None, :, None]
    angle = float(rng.uniform(-12, 12))
    large = Image.fromarray(garment).resize((_GARMENT, _GARMENT), Image.Resampling.BICUBIC).rotate(angle)
    values = np.asarray(large, np.float64)[..., None] / 255
    cover = np.minimum(values * 8, 1)
    cloth = np.array(_FABRICS[int(rng.integers(len(_FABRICS)))]) * (0.6 + 0.6 * values)
    top, left = (HEIGHT - _GARMENT) // 2 + int(rng.integers(-25, 26)), int(rng.integers(4, WIDTH - _GARMENT - 3))
    place = slice(top, top + _GARMENT), slice(left, left + _GARMENT)
    page[place] = page[place] * (1 - cover) + cloth * cover
    return (page + rng.normal(0, _NOISE, page.shape)).clip(0, 255).round().astype(np.uint8)


def _ground(colour: tuple[int, int, int], kind: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Boards, a checked sheet or a wall: float64[200, 160, 3]."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    shade = np.zeros((HEIGHT, WIDTH))
    if kind == 0:
        shade = rng.normal(0, 14, WIDTH // 20 + 1)[columns // 20] - 50.0 * (columns % 20 == 0)
    elif kind == 1:
        shade = 28.0 * ((rows // 16 + columns // 16) % 2)
    return np.array(colour, np.float64) + shade[..., None]
