"""The page with a class on it: latency of the page, of events at every open stream, and memory for each learner.

    uv run python -m tests.benchmarks.page [--learners 60]

Starts `python -m bot web` on the practice set; every learner opens a stream and asks for a training, of which one runs
while the others wait.
"""

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import psutil

from tests.programs import environment

PAGES = 5  # how often each learner loads the page
AT_ONCE = 4  # pages that are loaded at the same time


class Learner:
    """A learner with an open page."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.asked = 0.0
        self.waits_at = 0  # the place in the queue
        self.moved_at: float | None = None  # when it had another one
        self.event_s: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def join(self, code: str, number: int) -> None:
        async with self.session.post(f"{self.base}/join", data={"code": code, "name": f"learner {number}"}) as answer:
            answer.raise_for_status()

    async def watch(self) -> None:
        async with self.session.get(f"{self.base}/events", timeout=aiohttp.ClientTimeout(None)) as stream:
            async for line in stream.content:
                if not line.startswith(b"data: ") or "html" not in (data := json.loads(line[6:])):
                    continue
                if not self.event_s.done():
                    self.event_s.set_result(time.perf_counter() - self.asked)
                if self.moved_at is None and self.waits_at and f"place {self.waits_at}" not in data["html"]:
                    self.moved_at = time.perf_counter()

    async def ask(self) -> None:
        self.asked = time.perf_counter()
        async with self.session.post(f"{self.base}/line", data={"line": "/train epochs:50 batch_size:8"}) as answer:
            answer.raise_for_status()

    async def read_place(self) -> None:
        async with self.session.get(self.base) as answer:
            found = re.search(r"place (\d+) in the queue", await answer.text())
        self.waits_at = int(found[1]) if found else 0

    async def cancel(self) -> None:
        async with self.session.get(self.base) as answer:
            found = re.search(
                r'name="article" value="(\d+)">\s*<button name="press" value="(cancel:[^"]+)"', await answer.text()
            )
        assert found
        fields = {"article": found[1], "press": found[2]}
        async with self.session.post(f"{self.base}/press", data=fields, headers={"X-Live": "1"}) as answer:
            answer.raise_for_status()

    async def load(self, room: asyncio.Semaphore) -> float:
        async with room:
            began = time.perf_counter()
            async with self.session.get(self.base) as answer:
                answer.raise_for_status()
                await answer.read()
            return time.perf_counter() - began


async def measure(address: str, pid: int, count: int) -> None:
    base = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    program = psutil.Process(pid)
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as teacher,
        teacher.get(address) as page,
    ):
        found = re.search(r"join\?code=(\w+)", await page.text())
    assert found
    await asyncio.sleep(20)  # until the workers are there
    before = program.memory_info().rss
    learners = [Learner(base) for _ in range(count)]
    for number, learner in enumerate(learners):
        await learner.join(found[1], number)
    watching = [asyncio.create_task(learner.watch()) for learner in learners]
    await asyncio.sleep(1)
    await asyncio.gather(*(learner.ask() for learner in learners))
    events = sorted(await asyncio.gather(*(learner.event_s for learner in learners)))
    room = asyncio.Semaphore(AT_ONCE)
    pages = sorted(await asyncio.gather(*(learner.load(room) for _ in range(PAGES) for learner in learners)))
    after = program.memory_info().rss
    moved = await _moved(learners)
    print(f"{count} learners, streams and trainings, of which one runs")
    print(f"event at the learner's stream after /train: median {_ms(events, 0.5)}, last {1000 * events[-1]:.0f} ms")
    spread_ms = 1000 * (moved[-1] - moved[0])
    print(f"new place at all {len(moved)} waiting streams: {spread_ms:.0f} ms from the first to the last")
    print(f"page, {AT_ONCE} at once: median {_ms(pages, 0.5)}, p95 {_ms(pages, 0.95)}, most {1000 * pages[-1]:.0f} ms")
    print(f"memory: {before / 2**20:.0f} MiB before, {after / 2**20:.0f} MiB after: "
          f"{(after - before) / 2**10 / count:.0f} KiB a learner")  # fmt: skip
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    await asyncio.gather(*(learner.session.close() for learner in learners))


async def _moved(learners: list[Learner]) -> list[float]:
    """Seconds from the cancellation of the running training to the new place at the stream of each who waits."""
    for learner in learners:
        await learner.read_place()
    running = next(learner for learner in learners if not learner.waits_at)
    waiting = [learner for learner in learners if learner.waits_at]
    began = time.perf_counter()
    await running.cancel()
    while not all(learner.moved_at for learner in waiting):
        await asyncio.sleep(0.05)
        assert time.perf_counter() - began < 30
    return sorted((learner.moved_at or began) - began for learner in waiting)


def _ms(values: list[float], share: float) -> str:
    return f"{1000 * statistics.quantiles(values, n=100)[int(100 * share) - 1]:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the page with a class on it.")
    parser.add_argument("--learners", type=int, default=60)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "web"], env=environment(Path(home), TUTOR_WEB="127.0.0.1:0"),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            address = next(line.strip() for line in process.stdout if line.startswith("http://"))
            asyncio.run(measure(address, process.pid, chosen.learners))
        finally:
            process.terminate()
            process.wait(20)


if __name__ == "__main__":
    main()
