"""Files without their last bytes: what is there is read, as browsers do; nothing is made up for the rest."""

import io
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from trainer.errors import PictureError
from trainer.photo.decode import Picture, decode
from trainer.photo.style import to_dataset_style

HEIGHT, WIDTH = 240, 160


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def textured() -> Image.Image:
    """No row is like another one."""
    rng = np.random.default_rng(3)
    coarse = Image.fromarray(rng.integers(60, 220, (12, 8, 3), np.uint8)).resize((WIDTH, HEIGHT))
    return Image.fromarray(np.asarray(coarse) + rng.integers(0, 12, (HEIGHT, WIDTH, 1), np.uint8))


SCENE = textured()
WITH_ALPHA = SCENE.copy()
WITH_ALPHA.putalpha(200)
FIRST_OF_TWO = {"save_all": True, "append_images": [SCENE.transpose(Image.Transpose.ROTATE_180)]}
WHOLE = {
    "JPEG": encoded(SCENE, "JPEG"),
    "JPEG gray": encoded(SCENE.convert("L"), "JPEG"),
    "JPEG CMYK": encoded(SCENE.convert("CMYK"), "JPEG"),
    "JPEG restarts": encoded(SCENE, "JPEG", restart_marker_blocks=4),
    "PNG": encoded(SCENE, "PNG"),
    "PNG P": encoded(SCENE.quantize(200), "PNG"),
    "PNG RGBA": encoded(WITH_ALPHA, "PNG"),
    "PNG 16 bits": encoded(Image.fromarray(np.asarray(SCENE.convert("L")).astype(np.uint16) * 257), "PNG"),
    "GIF": encoded(SCENE.quantize(200), "GIF", interlace=0),
    "GIF transparent": encoded(SCENE.quantize(200), "GIF", interlace=0, transparency=7),
    "WEBP": encoded(SCENE, "WEBP"),
    "WEBP lossless": encoded(SCENE, "WEBP", lossless=True),
    "WEBP RGBA": encoded(WITH_ALPHA, "WEBP"),
    "BMP": encoded(SCENE, "BMP"),
}
PASSES = {
    "JPEG progressive": encoded(SCENE, "JPEG", progressive=True),
    "GIF interlaced": encoded(SCENE.quantize(200), "GIF", interlace=1),
}
ALL_OR_NOTHING = {kind: encoded(SCENE, kind) for kind in ("AVIF", "HEIF")}
ANIMATED = {kind: encoded(SCENE, kind, **FIRST_OF_TWO) for kind in ("PNG", "WEBP", "GIF")}
EVERY = WHOLE | PASSES | ALL_OR_NOTHING | {f"animated {kind}": data for kind, data in ANIMATED.items()}


def difference(picture: Picture, name: str) -> float:
    """The mean difference from the same rows of the whole picture, 0 to 255."""
    whole = decode(EVERY[name]).rgb.astype(int)
    rows = whole[len(whole) - len(picture.rgb) :] if name == "BMP" else whole[: len(picture.rgb)]
    return float(np.abs(picture.rgb - rows).mean())


@pytest.mark.parametrize("share", [0.4, 0.7, 0.95])
@pytest.mark.parametrize("name", WHOLE)
def test_what_is_there_is_read(name: str, share: float) -> None:
    data = WHOLE[name]
    picture = decode(data[: int(share * len(data))])
    assert picture.cut_off
    assert picture.full_size == (WIDTH, HEIGHT)
    assert picture.rgb.shape[1] == WIDTH
    assert 0.45 * share * HEIGHT < len(picture.rgb) <= HEIGHT
    assert difference(picture, name) < 6
    assert not decode(data).cut_off


@pytest.mark.parametrize("share", [0.4, 0.7, 0.95])
@pytest.mark.parametrize("name", PASSES)
def test_what_several_passes_have_drawn_is_read(name: str, share: float) -> None:
    """The whole picture, with less detail."""
    data = PASSES[name]
    picture = decode(data[: int(share * len(data))])
    assert picture.cut_off
    enlarged = np.asarray(Image.fromarray(picture.rgb).resize((WIDTH, HEIGHT))).astype(int)
    assert np.abs(enlarged - np.asarray(SCENE)).mean() < 30


def interlaced_png(passes: int) -> bytes:
    """The picture as Adam7 without the last passes; Pillow writes no such files."""
    starts = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    pixels = np.asarray(SCENE)
    lines = [
        b"\0" + line.tobytes()
        for row, column, down, across in starts[:passes]
        for line in pixels[row::down, column::across]
    ]

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    head = WIDTH.to_bytes(4, "big") + HEIGHT.to_bytes(4, "big") + bytes((8, 2, 0, 0, 1))
    packer = zlib.compressobj()
    packed = packer.compress(b"".join(lines)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed)


@pytest.mark.parametrize(("passes", "step"), [(7, 1), (6, 2), (5, 2), (4, 4), (3, 4), (2, 8), (1, 8)])
def test_the_passes_of_a_png(passes: int, step: int) -> None:
    picture = decode(interlaced_png(passes))
    np.testing.assert_array_equal(picture.rgb, np.asarray(SCENE)[::step, ::step])
    assert picture.cut_off


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_few_missing_bytes_cost_a_few_rows(name: str) -> None:
    data = WHOLE[name]
    picture = decode(data[:-20])
    assert picture.cut_off
    assert len(picture.rgb) > 0.9 * HEIGHT


@pytest.mark.parametrize("kind", ANIMATED)
def test_the_first_frame_is_whole_when_a_later_one_is_not(kind: str) -> None:
    data = ANIMATED[kind]
    picture = decode(data[: int(0.8 * len(data))])
    assert picture.rgb.shape == (HEIGHT, WIDTH, 3)
    np.testing.assert_array_equal(picture.rgb, decode(data).rgb)
    in_the_first = decode(data[: int(0.3 * len(data))])
    assert in_the_first.cut_off
    assert np.abs(in_the_first.rgb[:20].astype(int) - picture.rgb[:20]).mean() < (6 if kind != "GIF" else 60)


@pytest.mark.parametrize("name", EVERY)
def test_nothing_but_a_head_is_refused(name: str) -> None:
    with pytest.raises(PictureError) as raised:
        decode(EVERY[name][:60])
    assert raised.value.key == "picture_truncated"


def test_a_picture_in_the_data_sets_style_that_is_cut_off_says_so() -> None:
    style = np.zeros((28, 28), np.uint8)
    style[4:24, 8:20] = np.random.default_rng(1).integers(120, 255, (20, 12))
    whole = encoded(Image.fromarray(style), "PNG")
    assert to_dataset_style(whole).operations == ("already_style",)
    assert to_dataset_style(whole[:-40]).operations[0] == "cut_off"


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=40)
@given(share=st.floats(0, 1), junk=st.sampled_from([b"", bytes(200), b"\xff" * 200, b"<html>"]))
def test_cut_off_anywhere_and_followed_by_anything(name: str, share: float, junk: bytes) -> None:
    data = EVERY[name]
    try:
        picture = decode(data[: int(share * len(data))] + junk)
    except PictureError:
        return
    assert 0 < picture.rgb.size <= 3 * HEIGHT * WIDTH
