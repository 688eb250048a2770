"""The largest pictures that are read, in a real picture process with its limits of memory and computing time."""

import io
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import pytest_asyncio
from PIL import Image

from bot.pictures.processes import Pictures
from bot.settings import Settings
from tests.benchmarks.memory import peak_mb
from trainer.errors import PictureError
from trainer.limits import PICTURE_BYTES
from trainer.runs.folder import Run

MOST_MB = 1200

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pictures(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pictures]:
    home: Path = tmp_path_factory.mktemp("home")
    (home / "logs").mkdir()
    pictures = Pictures(Settings(_env_file=None, tutor_home=home))  # pyright: ignore[reportCallIssue]
    await pictures.start()
    yield pictures
    await pictures.close()


def scene(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A dark garment on a light cloth with coarse noise."""
    small = np.random.default_rng(1).integers(170, 230, (60, 80, 3), np.uint8)
    small[15:45, 25:55] = (20, 30, 90)
    return Image.fromarray(small).resize((width, height), Image.Resampling.NEAREST).convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    import pillow_heif

    pillow_heif.register_heif_opener()
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def many_scans() -> bytes:
    """119 megapixels in four colours, as many progressive scans as are allowed: 21 are refused."""
    whole = encoded(scene(12_600, 9_440, "CMYK"), "JPEG", progressive=True, quality=20)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * (21 - whole.count(b"\xff\xda")) + whole[-2:]


LARGE = (12_600, 9_440)
FILES: dict[str, Callable[[], bytes]] = {
    "JPEG": lambda: encoded(scene(*LARGE), "JPEG", quality=50),
    "progressive JPEG": lambda: encoded(scene(*LARGE), "JPEG", quality=50, progressive=True, subsampling=0),
    "JPEG with many scans": many_scans,
    "JPEG without its end": lambda: encoded(scene(*LARGE), "JPEG", quality=50, progressive=True)[:-50_000],
    "MPO": lambda: encoded(scene(*LARGE), "MPO", quality=50),
    "PNG": lambda: encoded(scene(7_000, 7_000, "RGBA"), "PNG", compress_level=1),
    "PNG without its end": lambda: encoded(scene(7_000, 7_000, "RGBA"), "PNG", compress_level=1)[:-50_000],
    "interlaced GIF without its end": lambda: encoded(scene(7_000, 7_000).quantize(8), "GIF", interlace=1)[:-50_000],
    "WebP": lambda: encoded(scene(7_000, 7_000), "WEBP", method=0),
    "WebP without its end": lambda: encoded(scene(7_000, 7_000), "WEBP", method=0)[:-5_000],
    "AVIF": lambda: encoded(scene(7_000, 7_000), "AVIF", speed=10),
    "HEIC": lambda: encoded(scene(7_000, 7_000), "HEIF", quality=30, tile_size=512, enc_params={"preset": "ultrafast"}),
    "page": lambda: encoded(scene(1_000, 30_000, "RGBA"), "PNG", compress_level=1),
}


@pytest.mark.parametrize("name", FILES)
async def test_the_largest_pictures(pictures: Pictures, practice_run: Run, name: str) -> None:
    data = FILES[name]()
    assert len(data) <= PICTURE_BYTES
    if name == "page":
        with pytest.raises(PictureError):
            await pictures.classify(practice_run.path, data, "en")
    else:
        found = await pictures.classify(practice_run.path, data, "en")
        assert ("cut_off" in found.operations) == ("without" in name)
    if sys.platform == "linux":
        pids = {await pictures._reading.call(os.getpid) for _ in range(4)}
        peaks = [peak_mb(psutil.Process(pid)) for pid in pids]
        print(f"{name}: {len(data) / 2**20:.1f} MiB, peak {max(peaks):.0f} MB")
        assert max(peaks) < MOST_MB
