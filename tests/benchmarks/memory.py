"""Memory of a training worker: the peak of a default training, and what 30 in a row leave behind.

`uv run python -m tests.benchmarks.memory` (FASHION_MNIST_DIR set): the engine that the bot uses, one real worker. The
bars are 950 MB for the peak and 50 MB of growth in one process; a worker that was recycled starts anew.
"""

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import Final

import psutil

from bot.settings import Settings
from bot.training import Engine
from trainer.recipes import configure

PEAK_MB: Final = 950
GROWTH_MB: Final = 50


def worker() -> psutil.Process:
    """The process that trains: the largest one below this."""
    return max(psutil.Process().children(recursive=True), key=lambda child: child.memory_info().rss)


def peak_mb(process: psutil.Process) -> float:
    """The largest resident size the process ever had, from the kernel's own account (Linux)."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


async def measure(trainings: int, epochs: int) -> list[tuple[int, float, float]]:
    """Train so often: process id, resident MB and peak MB after each."""
    measured: list[tuple[int, float, float]] = []
    with tempfile.TemporaryDirectory() as home:
        engine = Engine(Settings(tutor_home=Path(home), tutor_workers=1, tutor_dataset="fashion-mnist"))
        await engine.start()
        try:
            for turn in range(trainings):
                config = configure(dataset="fashion-mnist", epochs=epochs, seed=turn)
                await engine.submit(f"run-{turn}", config, lambda _: None).result()
                process = worker()
                measured.append((process.pid, process.memory_info().rss / 1e6, peak_mb(process)))
                print("training {}: process {}, {:.0f} MB, peak {:.0f} MB".format(turn + 1, *measured[-1]), flush=True)
        finally:
            await engine.close()
    return measured


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trainings", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    measured = asyncio.run(measure(options.trainings, options.epochs))
    first_peak = measured[0][2]
    growth = max(
        max(rss for pid, rss, _ in measured if pid == process) - next(rss for pid, rss, _ in measured if pid == process)
        for process in {pid for pid, _, _ in measured}
    )
    print(f"peak of the first training {first_peak:.0f} MB (bar {PEAK_MB}), growth {growth:.0f} MB (bar {GROWTH_MB})")
    return int(first_peak > PEAK_MB or growth > GROWTH_MB)


if __name__ == "__main__":
    raise SystemExit(main())
