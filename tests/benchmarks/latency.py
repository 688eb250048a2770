"""How long a person waits for `/predict` while a network is being trained: one after the other, and fifty at once.

`uv run python -m tests.benchmarks.latency`: the bot as it is really started, led to a Discord on 127.0.0.1. Counted
from the command's arrival at the gateway's socket to the answer's arrival at Discord. The pictures are a phone's
photograph of 12 megapixels, a screenshot, a small cut-out and a picture of the data set, in turn. The bars: half of the
answers within 300 ms, 95 % within one second; of fifty people at once everybody is acknowledged within 1.5 s and has
the answer within 10 s. Exit code 1 if one is missed.
"""

import argparse
import io
import os
import struct
import tempfile
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import psutil
from PIL import Image, ImageDraw

from tests.loopback import BotProcess, LoopbackDiscord, Upload
from tests.loopback.classroom import train, train_long, wait_final, wait_running
from tests.loopback.interactions import Interaction
from trainer.runs.versions import machine, versions

HALF_S: Final = 0.3
MOST_S: Final = 1.0  # of 95 %
ACKNOWLEDGED_S: Final = 1.5
ANSWERED_S: Final = 10.0
CROWD: Final = 50
START_S: Final = 300.0  # for the first training, also on a machine that is busy with something else


def pictures() -> dict[str, Upload]:
    """What people send, by a word for it."""
    rng = np.random.default_rng(3)
    page = Image.new("RGB", (1000, 1300), "white")
    shirt = [(250, 200), (750, 200), (950, 480), (780, 560), (720, 480), (720, 1100), (280, 1100), (280, 480)]
    ImageDraw.Draw(page).polygon([*shirt, (220, 560), (50, 480)], "navy")
    small = np.asarray(page.resize((3000, 4000)))
    floor = np.where(small > 200, rng.integers(120, 190, small.shape, np.uint8), small)
    cut = page.resize((300, 390))
    cut.putalpha(cut.convert("L").point([255] * 128 + [0] * 128))
    style = Image.new("L", (28, 28))
    ImageDraw.Draw(style).rectangle((6, 0, 21, 27), 200)
    return {
        "photograph": _upload(Image.fromarray(floor), "photograph.jpg", "JPEG"),
        "screenshot": _upload(page, "screenshot.png", "PNG"),
        "cut-out": _upload(cut, "cut-out.png", "PNG"),
        "data set": _upload(style, "style.png", "PNG"),
    }


def costly() -> Upload:
    """Five million runs of one pixel, in a bitmap of 49 million: Pillow takes about four seconds."""
    head = b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024)
    head += struct.pack("<IiiHHIIiiII", 40, 7000, 7000, 1, 8, 1, 0, 0, 0, 256, 0) + bytes(1024)
    return Upload("costly.bmp", head + b"\1\1" * 5_000_000 + b"\0\1", content_type="image/bmp")


def _upload(image: Image.Image, name: str, kind: str) -> Upload:
    stream = io.BytesIO()
    image.save(stream, kind)
    return Upload(name, stream.getvalue(), content_type=f"image/{kind.lower()}")


def seconds(discord: LoopbackDiscord, interaction: Interaction) -> float:
    """From the command to the answer, which is waited for; AssertionError if it is none."""
    message = discord.answer(interaction, 3 * ANSWERED_S)
    assert " %" in message.text, message.text
    return message.history[0].at - interaction.sent_monotonic


def one_after_the_other(discord: LoopbackDiscord, count: int) -> dict[str, list[float]]:
    """Seconds of `count` predictions by the picture's kind."""
    kinds, person = pictures(), discord.person("Mei")
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(count):
        kind = list(kinds)[number % len(kinds)]
        taken[kind].append(seconds(discord, discord.command(person, "predict", image=kinds[kind])))
    return taken


def all_at_once(discord: LoopbackDiscord, *, beside: Upload | None = None) -> tuple[list[float], list[float]]:
    """Seconds until each of the crowd was acknowledged, and until each was answered.

    beside: what one more person sends, before all others.
    """
    kinds = list(pictures().values())
    hostile = discord.command(discord.person("Mallory"), "predict", image=beside) if beside else None
    asked = [
        discord.command(discord.person(f"Learner {number}"), "predict", image=kinds[number % len(kinds)])
        for number in range(CROWD)
    ]
    answered = [seconds(discord, interaction) for interaction in asked]
    if hostile:
        print(f"the costly one: {discord.answer(hostile).text}")
    return [interaction.ack_s or 0.0 for interaction in asked], answered


def describe(values: list[float]) -> str:
    """Count, median, 95th percentile and maximum in milliseconds."""
    half, most = np.percentile(values, [50, 95]) * 1000
    return f"n {len(values):3d}  p50 {half:5.0f} ms  p95 {most:5.0f} ms  max {max(values) * 1000:5.0f} ms"


def measure(discord: LoopbackDiscord, bot: BotProcess, count: int) -> list[str]:
    """Print the figures; what is missing to the bars."""
    bot.wait_for_commands()
    first = train(discord, discord.person("Ada"), epochs=1, seed=1)
    wait_final(discord, first, START_S)
    print(f"alone             {describe(list(chain(*one_after_the_other(discord, 20).values())))}")
    wait_running(discord, train_long(discord, discord.person("Zoe")))
    taken = one_after_the_other(discord, count)
    for kind, values in taken.items():
        print(f"{kind:17s} {describe(values)}")
    together = list(chain(*taken.values()))
    print(f"during a training {describe(together)}")
    acknowledged, answered = all_at_once(discord)
    print(f"{CROWD} acknowledged   {describe(acknowledged)}")
    print(f"{CROWD} answered       {describe(answered)}")
    _, delayed = all_at_once(discord, beside=costly())
    print(f"beside a costly   {describe(delayed)}")
    bars = {
        "half of the answers": (float(np.percentile(together, 50)), HALF_S),
        "95 % of the answers": (float(np.percentile(together, 95)), MOST_S),
        "the crowd's acknowledgements": (max(acknowledged), ACKNOWLEDGED_S),
        "the crowd's answers": (max(answered), ANSWERED_S),
        "the crowd's answers beside a costly one": (max(delayed), ANSWERED_S),
    }
    return [f"{what}: {value:.2f} s, bar {bar} s" for what, (value, bar) in bars.items() if value >= bar]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="predictions one after the other")
    options = parser.parse_args()
    print(f"{machine()}, load {psutil.getloadavg()[0]:.1f}; {versions()}")
    data = os.environ.get("FASHION_MNIST_DIR")
    settings = {"FASHION_MNIST_DIR": data, "TUTOR_DATASET": "fashion-mnist"} if data else {}
    with (
        tempfile.TemporaryDirectory() as folder,
        LoopbackDiscord() as discord,
        BotProcess(discord, Path(folder), None, LOG_LEVEL="INFO", **settings) as bot,
    ):
        missed = measure(discord, bot, options.count)
    for one in missed:
        print(f"below the bar: {one}")
    return int(bool(missed))


if __name__ == "__main__":
    raise SystemExit(main())
