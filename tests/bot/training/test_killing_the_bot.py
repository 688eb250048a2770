"""A real process with engine and pictures: how it answers while others compute, and that nothing outlives it."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
from PIL import Image

if sys.platform == "win32":
    pytest.skip("Windows has neither SIGKILL nor process groups", allow_module_level=True)

SCRIPT = textwrap.dedent(
    """
    import asyncio, contextlib, json, os, signal, sys, time
    from pathlib import Path
    import discord, psutil, sqlalchemy.ext.asyncio  # what the bot has in its memory besides
    from bot.training import Engine, Started
    from bot.pictures.processes import Pictures
    from bot.settings import Settings
    from trainer.config import Config
    from trainer.errors import RunError

    def config(tenths):
        return Config(recipe="tutorial", dataset="practice", epochs=tenths, batch_size=32, learning_rate=1.0, seed=1)

    async def watch(gaps):
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            gaps.append(now - last - 0.01)
            last = now

    async def main():
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: print("interrupted", flush=True))
        settings = Settings(_env_file=None, tutor_home=Path(sys.argv[1]), tutor_workers=1, tutor_dataset="practice")
        engine, pictures = Engine(settings, task=sys.argv[2], warm=False), Pictures(settings)
        gaps, said = [], {}
        watching = asyncio.create_task(watch(gaps))
        if seconds := int(sys.argv[3]):
            await asyncio.sleep(0.1)
            gaps.clear()
        await engine.start()
        said["gap while starting"] = max(gaps)
        gaps.clear()
        if seconds:
            await engine.submit("burn", config(10 * seconds), lambda _: None).result()
        said["gap while computing"] = max(gaps, default=0)
        said["resident MiB"] = psutil.Process().memory_info().rss / 2**20
        with contextlib.suppress(RunError):  # read, then refused: no run is there
            await pictures.classify(Path("nosuch"), Path(sys.argv[4]).read_bytes(), "en")
        await pictures._drawing.call(time.sleep, 0)
        said["heavy"] = sorted({"tensorflow", "keras", "matplotlib", "cv2"} & set(sys.modules))
        begun = asyncio.Event()
        long = engine.submit("long", config(900), lambda event: event == Started() and begun.set())
        await begun.wait()
        reading = asyncio.create_task(pictures._drawing.call(os.abort))  # a new one is just starting
        while not reading.done():
            await asyncio.sleep(0.02)
        while len(psutil.Process().children()) < 4:  # the cluster, two pictures' processes, and their tracker
            await asyncio.sleep(0.02)
        print(json.dumps(said), flush=True)
        await long.result()

    if __name__ == "__main__":
        asyncio.run(main())
    """
)


@pytest.mark.parametrize(
    ("number", "seconds"), [(signal.SIGKILL, 0), pytest.param(signal.SIGTERM, 1, marks=pytest.mark.slow)]
)
def test_nothing_outlives_a_bot_that_is_killed(
    tmp_path: Path, jobs: str, path_of_children: str, number: signal.Signals, seconds: int
) -> None:
    script = tmp_path / "bot_to_kill.py"
    script.write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "logs").mkdir()
    picture = tmp_path / "dark.png"
    Image.new("L", (40, 60), 200).save(picture)
    command = [sys.executable, str(script), str(tmp_path), jobs, str(seconds), str(picture)]
    environment = {**os.environ, "PYTHONPATH": path_of_children, "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True) as bot:
        assert bot.stdout is not None
        said = json.loads(bot.stdout.readline())
        children = psutil.Process(bot.pid).children(recursive=True)
        assert len(children) >= 6  # besides those four the worker and its tracker
        interrupt_all(bot, children)
        bot.send_signal(number)
        killed = time.monotonic()
        while any(alive(child) for child in children) and time.monotonic() - killed < 5:
            time.sleep(0.02)
        assert [child for child in children if alive(child)] == []
        print(f"{number.name}: all gone after {time.monotonic() - killed:.2f} s; {said}")
    assert bot.returncode == -number
    assert said["heavy"] == []
    assert said["resident MiB"] < 160
    assert said["gap while starting"] < 0.5
    assert said["gap while computing"] < 0.5


def interrupt_all(bot: "subprocess.Popen[str]", children: list[psutil.Process]) -> None:
    """Ctrl-C in a terminal reaches the whole group; only the bot may take notice."""
    assert sys.platform != "win32"  # for the type checker
    os.killpg(bot.pid, signal.SIGINT)
    assert bot.stdout is not None
    assert bot.stdout.readline() == "interrupted\n"
    time.sleep(0.3)
    assert all(alive(child) for child in children)


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE  # what init has not cleared away yet
    except psutil.Error:
        return False
