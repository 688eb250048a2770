"""Picture files made by code: every format that is read, in every mode, and some formats that are not."""

import io
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pillow_heif
from PIL import Image, ImageDraw

pillow_heif.register_heif_opener()

_MODES: Final = {
    "PNG": ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"),
    "JPEG": ("RGB", "L", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("P", "L", "1"),
    "BMP": ("RGB", "RGBA", "L", "P", "1"),
    "AVIF": ("RGB", "RGBA", "L"),
    "HEIF": ("RGB", "RGBA", "L"),
}
_FOREIGN: Final = ("TIFF", "ICO", "PDF", "PPM", "TGA")


def picture_files() -> dict[str, bytes]:
    """The files by name, always the same."""
    files: dict[str, bytes] = {}
    for scene_name, scene in _scenes():
        for kind, modes in _MODES.items():
            for mode in modes:
                files[f"{kind} {mode} {scene_name}"] = _encoded(_in_mode(scene, mode), kind)
    files |= dict(_special(dict(_scenes())["garment"]))
    for kind in _FOREIGN:
        files[kind] = _encoded(Image.new("RGB", (32, 32), "teal"), kind)
    return files


def _scenes() -> Iterator[tuple[str, Image.Image]]:
    rng = np.random.default_rng(1)
    page = Image.new("RGB", (90, 120), "white")
    ImageDraw.Draw(page).polygon(
        [(20, 20), (70, 20), (85, 50), (65, 55), (65, 105), (25, 105), (25, 55), (5, 50)], "navy"
    )
    yield "garment", page
    floor = Image.fromarray(rng.integers(90, 160, (120, 90, 3), np.uint8))
    floor.paste(page.crop((20, 20, 70, 105)), (20, 20))
    yield "floor", floor
    style = Image.new("RGB", (28, 28))
    ImageDraw.Draw(style).rectangle((6, 0, 21, 27), "silver")
    yield "style", style
    yield "noise", Image.fromarray(rng.integers(0, 256, (21, 33, 3), np.uint8))
    yield "dot", Image.new("RGB", (1, 1), "red")
    yield "line", Image.fromarray(rng.integers(0, 256, (1, 300, 3), np.uint8))


def _special(garment: Image.Image) -> Iterator[tuple[str, bytes]]:
    frames = [garment.rotate(90 * turn) for turn in range(1, 4)]
    for kind in ("PNG", "GIF", "WEBP", "AVIF", "HEIF"):
        yield f"animated {kind}", _encoded(garment, kind, save_all=True, append_images=frames)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a shirt"
    noise = np.random.default_rng(2).bytes(2000)
    for kind in ("PNG", "JPEG", "WEBP", "AVIF", "HEIF"):
        yield f"{kind} with EXIF", _encoded(garment, kind, exif=exif)
        yield f"{kind} with a broken profile", _encoded(garment, kind, icc_profile=noise)
    yield "progressive JPEG", _encoded(garment, "JPEG", progressive=True, optimize=True)
    yield "progressive CMYK", _encoded(garment.convert("CMYK"), "JPEG", progressive=True)
    yield "JPEG 4:4:4 with restarts", _encoded(garment, "JPEG", subsampling=0, restart_marker_blocks=2)
    yield "lossless WEBP", _encoded(garment, "WEBP", lossless=True)
    palette = garment.quantize(16)
    yield "PNG P transparent", _encoded(palette, "PNG", transparency=0)
    yield "PNG P many alphas", _encoded(palette, "PNG", transparency=bytes(range(0, 256, 16)))
    yield "GIF transparent", _encoded(palette, "GIF", transparency=0, comment=b"made by code")
    cut = garment.copy()
    cut.putalpha(garment.convert("L").point([255] * 128 + [0] * 128))
    yield "PNG cut-out", _encoded(cut, "PNG")
    for kind in ("WEBP", "AVIF", "HEIF"):
        yield f"{kind} cut-out", _encoded(cut, kind)
    yield "HEIF in tiles", _encoded(garment.resize((360, 480)), "HEIF", tile_size=128)
    yield "two JPEGs in one", _encoded(garment, "MPO", save_all=True, append_images=frames[:1])


def _in_mode(scene: Image.Image, mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.asarray(scene.convert("L")).astype(np.uint16) * 257)
    return scene.quantize(16) if mode == "P" else scene.convert(mode)


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()
