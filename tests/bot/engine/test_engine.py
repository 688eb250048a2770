"""The engine with real worker processes and jobs that need no TensorFlow."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from bot.engine import Engine, Job, JobCancelled, JobEvent, JobFailed, Queued, Started, WorkerDied
from bot.settings import Settings, SettingsError
from trainer.config import Config
from trainer.errors import DatasetError
from trainer.events import Progress


def job(run_id: str, tenths: int = 2) -> Job:
    config = Config(recipe="tutorial", dataset="practice", epochs=tenths, batch_size=32, learning_rate=0.001, seed=1)
    return Job(run_id, config, ("en",))


async def outcome(ticket) -> object:
    try:
        return await asyncio.wait_for(ticket.result(), 30)
    except Exception as error:
        return error


async def test_a_class_of_jobs(settings: Settings, jobs: str) -> None:
    """One engine goes through everything that can happen to jobs, in one start of the workers."""
    engine = Engine(settings, task=jobs, warm=False)
    heard: dict[str, list[JobEvent]] = {}

    def submit(run_id: str, tenths: int = 2):
        return engine.submit(job(run_id, tenths), heard.setdefault(run_id, []).append)

    # handed in before the workers are there: it waits, and its place is told
    early, second = submit("early", 5), submit("second")
    assert heard["second"] == [Queued(2)]
    await engine.start()
    try:
        assert await outcome(early) == b"early"
        assert Started() in heard["early"]
        assert any(isinstance(event, Progress) for event in heard["early"])
        assert Queued(1) in heard["second"]
        assert await outcome(second) == b"second"

        # cancelled while it runs, and while it waits
        running, waiting = submit("long", 300), submit("waiting")
        while Started() not in heard["long"]:
            await asyncio.sleep(0.05)
        waiting.cancel()
        assert isinstance(await outcome(waiting), JobCancelled)
        asked = time.monotonic()
        running.cancel()
        assert isinstance(await outcome(running), JobCancelled)
        assert time.monotonic() - asked < 2

        # the trainer's sentence arrives as itself; anything else as one line
        refused, failed = submit("refuse"), submit("fail")
        assert isinstance(await outcome(refused), DatasetError)
        ended = await outcome(failed)
        assert isinstance(ended, JobFailed)
        assert str(ended) == "ZeroDivisionError: no such luck"

        # a worker that is killed takes only its own job with it
        dies, survives = submit("die", 50), submit("after")
        assert isinstance(await outcome(dies), WorkerDied)
        assert await outcome(survives) == b"after"
    finally:
        began = time.monotonic()
        await engine.close()
    assert time.monotonic() - began < 5
    children = [
        child.name()
        for child in psutil.Process().children(recursive=True)
        if "resource_tracker" not in " ".join(child.cmdline())
    ]
    assert children == []


async def test_a_worker_that_does_not_stop_is_replaced(
    settings: Settings, jobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.engine.CANCEL_PATIENCE_S", 1.0)
    engine = Engine(settings, task=jobs, warm=False)
    await engine.start()
    try:
        started = asyncio.Event()
        deaf = engine.submit(job("deaf", 600), lambda event: started.set() if isinstance(event, Started) else None)
        await asyncio.wait_for(started.wait(), 10)
        after = engine.submit(job("after"), lambda _: None)
        deaf.cancel()
        assert isinstance(await outcome(deaf), JobCancelled)
        assert await outcome(after) == b"after"
    finally:
        await engine.close()


async def test_the_loop_does_not_stall(settings: Settings, jobs: str, caplog: pytest.LogCaptureFixture) -> None:
    """The bot's own loop goes on while the workers start and work."""
    gaps: list[float] = []

    async def watch() -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    watcher = asyncio.create_task(watch())
    engine = Engine(settings, task=jobs, warm=False)
    with caplog.at_level(logging.WARNING):
        await engine.start()
        assert await outcome(engine.submit(job("one", 3), lambda _: None)) == b"one"
        await engine.close()
    watcher.cancel()
    assert max(gaps) < 0.5
    assert "failed" not in caplog.text


@pytest.mark.parametrize("address", ["tcp://10.1.2.3:8786", "10.1.2.3:8786", "ws://example.org:80"])
async def test_an_open_address_is_refused(settings: Settings, address: str) -> None:
    engine = Engine(settings.model_copy(update={"dask_scheduler_address": address}))
    ticket = engine.submit(job("early"), lambda _: None)
    with pytest.raises(SettingsError, match="tls://"):
        await engine.start()
    assert isinstance(await outcome(ticket), SettingsError)
    await engine.close()


def test_no_worker_outlives_a_killed_bot(tmp_path: Path, jobs: str) -> None:
    folder = sys.path[0]
    script = tmp_path / "bot_to_kill.py"
    script.write_text(
        textwrap.dedent(f"""
        import asyncio, sys
        from pathlib import Path
        sys.path.insert(0, {folder!r})
        from bot.engine import Engine, Job, Started
        from bot.engine.pictures import PictureProcess
        from bot.settings import Settings
        from trainer.config import Config

        async def main():
            settings = Settings(_env_file=None, tutor_home=Path({str(tmp_path)!r}), tutor_workers=1)
            engine, pictures = Engine(settings, task={jobs!r}, warm=False), PictureProcess(settings)
            await engine.start()
            config = Config(recipe="tutorial", dataset="practice", epochs=900, batch_size=32, learning_rate=1.0, seed=1)
            tell = lambda event: isinstance(event, Started) and print("on", flush=True)
            ticket = engine.submit(Job("long", config, ("en",)), tell)
            try:
                await pictures.see(b"")
            except Exception:
                pass
            await ticket.result()

        if __name__ == "__main__":
            asyncio.run(main())
        """),
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[3]), folder])}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "on\n"
        time.sleep(1)
        children = psutil.Process(bot.pid).children(recursive=True)
        assert len(children) >= 2
        os.kill(bot.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(children, timeout=5)
        assert alive == []
