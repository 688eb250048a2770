"""Pictures that are no garments, drawn by code from a seed, like those that people upload as a test or by mistake.

`Pictures` are uint8[n, 28, 28] in the data set's style. Photographs and screenshots are saved as PNG and processed like
an upload.
"""

import io
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from trainer.photo.style import to_dataset_style

Pictures = NDArray[np.uint8]

_FINE: Final = 8  # pixels drawn for each pixel of the result
_SIGNS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789永和九年岁在癸丑"
_WORDS: Final = ("loss", "accuracy", "epoch", "batch", "gradient", "keras", "学习率", "梯度", "训练", "神经网络")


def _arc(
    x: float, y: float, wide: float, high: float, start: float = 0, stop: float = 360
) -> list[tuple[float, float]]:
    turns = np.radians(np.linspace(start, stop, 24))
    return [(x + wide * float(np.cos(turn)), y + high * float(np.sin(turn))) for turn in turns]


# Pen strokes in a square of side 1, y downwards.
_DIGITS: Final = (
    [_arc(0.5, 0.5, 0.32, 0.46)],
    [[(0.32, 0.26), (0.54, 0.04), (0.54, 0.96)]],
    [[*_arc(0.5, 0.28, 0.28, 0.24, 180, 380), (0.2, 0.95), (0.82, 0.95)]],
    [[*_arc(0.46, 0.27, 0.27, 0.23, 200, 450), *_arc(0.46, 0.72, 0.32, 0.24, -90, 160)]],
    [[(0.62, 0.96), (0.62, 0.04), (0.14, 0.66), (0.86, 0.66)]],
    [[(0.78, 0.05), (0.3, 0.05), (0.26, 0.44), *_arc(0.46, 0.68, 0.32, 0.28, -90, 150)]],
    [[(0.66, 0.04), (0.3, 0.4), *_arc(0.5, 0.7, 0.29, 0.26, 180, 540)]],
    [[(0.17, 0.05), (0.83, 0.05), (0.42, 0.96)], [(0.36, 0.5), (0.72, 0.5)]],
    [_arc(0.5, 0.27, 0.23, 0.22), _arc(0.5, 0.73, 0.29, 0.24)],
    [_arc(0.5, 0.3, 0.26, 0.25), [(0.76, 0.3), (0.68, 0.96)]],
)


def digits(rng: np.random.Generator, count: int, *, box: float, pen: tuple[float, float]) -> Pictures:
    """Digits as in MNIST: slanted, squeezed and uneven, in a box of so many pixels, white on black.

    pen: thinnest and thickest line, in pixels of the 28.
    """
    return np.stack([_digit(rng, box, float(rng.uniform(*pen))) for _ in range(count)])


def _digit(rng: np.random.Generator, box: float, pen: float) -> Pictures:
    turn, slant, squeeze = rng.uniform(-0.3, 0.3), rng.uniform(-0.3, 0.3), rng.uniform(0.7, 1.1)
    change = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ [[squeeze, slant], [0, 1]]
    strokes = [np.array(stroke) @ change.T for stroke in _DIGITS[rng.integers(10)]]
    strokes = [stroke + rng.normal(0, 0.012, stroke.shape) for stroke in strokes]
    low, high = np.concatenate(strokes).min(axis=0), np.concatenate(strokes).max(axis=0)
    size = (box - pen) / (high - low).max()
    return _drawn([(stroke - (low + high) / 2) * size + 14 for stroke in strokes], pen)


def scribbles(rng: np.random.Generator, count: int) -> Pictures:
    """One to three bent lines of 1 to 3 pixels anywhere."""

    def curve() -> NDArray[Any]:
        points, at = rng.uniform(3, 25, (3, 2)), np.linspace(0, 1, 40)[:, None]
        return (1 - at) ** 2 * points[0] + 2 * at * (1 - at) * points[1] + at**2 * points[2]

    return np.stack([_drawn([curve() for _ in range(rng.integers(1, 4))], rng.uniform(1, 3)) for _ in range(count)])


def _drawn(strokes: list[NDArray[Any]], pen: float) -> Pictures:
    page = Image.new("L", (28 * _FINE, 28 * _FINE))
    draw, radius = ImageDraw.Draw(page), pen * _FINE / 2
    for stroke in strokes:
        points = [(float(x), float(y)) for x, y in stroke * _FINE]
        draw.line(points, fill=255, width=round(2 * radius), joint="curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(page.resize((28, 28), Image.Resampling.BOX))


def letters(rng: np.random.Generator, count: int) -> Pictures:
    """Latin and Chinese characters and digits, 14 to 30 pixels high, white on black."""

    def letter() -> Pictures:
        page = Image.new("L", (28, 28))
        font = ImageFont.truetype(str(sans_path()), int(rng.integers(14, 31)))
        ImageDraw.Draw(page).text((14, 14), _SIGNS[rng.integers(len(_SIGNS))], 255, font, anchor="mm")
        return np.asarray(page)

    return np.stack([letter() for _ in range(count)])


def noise(rng: np.random.Generator, count: int) -> Pictures:
    """Uniformly distributed gray values."""
    return rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)


def flat() -> Pictures:
    """A picture of each gray value: uint8[256, 28, 28]."""
    return np.repeat(np.arange(256, dtype=np.uint8), 784).reshape(256, 28, 28)


def screens(rng: np.random.Generator, count: int) -> list[Image.Image]:
    """Screenshots of text: light or dark, with or without a bar at the top, letters of 12 to 40 pixels."""
    return [_screen(rng) for _ in range(count)]


def _screen(rng: np.random.Generator) -> Image.Image:
    width, height, size = int(rng.integers(300, 1300)), int(rng.integers(300, 1300)), int(rng.integers(12, 41))
    light, dark = rng.integers(200, 256, 3), rng.integers(0, 70, 3)
    ground, ink = (light, dark) if rng.random() < 0.5 else (dark, light)
    page = Image.new("RGB", (width, height), _rgb(ground))
    draw, font = ImageDraw.Draw(page), ImageFont.truetype(str(sans_path()), size)
    top, left = int(rng.integers(4, 40)), int(rng.integers(4, 40))
    if rng.random() < 0.3:
        draw.rectangle((0, 0, width, 2 * size), fill=_rgb(rng.integers(0, 256, 3)))
        top += 2 * size
    while top < height - size:
        text, end = "", rng.uniform(0.1, 1) * (width - left)
        while draw.textlength(text, font) < end:
            text += f"{_WORDS[rng.integers(len(_WORDS))]} "
        draw.text((left + size * int(rng.integers(3)), top), text, _rgb(ink), font)
        top += round(size * float(rng.choice([1.4, 1.4, 2.8])))
    return page


def _rgb(colour: NDArray[Any]) -> tuple[int, ...]:
    return tuple(int(value) for value in colour)


def uploaded(picture: Image.Image) -> Pictures:
    """The picture in the data set's style, as for an upload: uint8[28, 28]."""
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return to_dataset_style(stream.getvalue()).pixels


def resized(picture: Image.Image) -> Pictures:
    """The picture only converted to gray and resized: uint8[28, 28]."""
    return np.asarray(picture.convert("L").resize((28, 28), Image.Resampling.BOX))


def on_paper(strokes: Pictures) -> Image.Image:
    """A drawing uint8[28, 28] as dark ink on white paper, 224 x 224 pixels."""
    return Image.fromarray(255 - strokes).resize((224, 224), Image.Resampling.BICUBIC).convert("RGB")
