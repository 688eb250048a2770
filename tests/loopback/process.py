"""The bot as it is really started, `python -m bot`, led to a loopback Discord."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import psutil

from tests.loopback.server import LoopbackDiscord

REDIRECT_FOLDER = Path(__file__).parent / "redirect"
PROJECT = Path(__file__).parents[2]
_OWN_SETTINGS = ("TUTOR_", "DASK_", "DISCORD_TOKEN", "DATABASE_URL", "FASHION_MNIST_DIR", "LOG_LEVEL", "LOOPBACK_")
READY_TIMEOUT_S = 20.0


class BotProcess:
    """One process of the bot. Its output goes to files in `folder`; `home` is its TUTOR_HOME."""

    def __init__(self, server: LoopbackDiscord, folder: Path, home: Path | None = None, **settings: str) -> None:
        """settings: further environment variables; the bot gets none of this process' own."""
        self._server = server
        self.folder = folder
        self.home = home or folder / "home"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_SETTINGS)}
        self._environment = kept | {
            "DISCORD_TOKEN": server.token,
            "LOOPBACK_DISCORD": server.url,
            "LOG_LEVEL": "DEBUG",
            "PYTHONPATH": os.pathsep.join((str(REDIRECT_FOLDER), str(PROJECT))),
            "TUTOR_DATASET": "practice",
            "TUTOR_HOME": str(self.home),
            "TUTOR_WORKERS": "1",
            **settings,
        }
        self._popen: subprocess.Popen[bytes] | None = None
        self._seen: dict[int, psutil.Process] = {}
        self.started_at = 0.0  # time.monotonic()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.clear_away()

    def start(self, *arguments: str) -> None:
        """Start the process in its folder, where no .env lies; wait for nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.stdout.open("wb") as out, self.stderr.open("wb") as err:
            self.started_at = time.monotonic()
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "bot", *arguments],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def stdout(self) -> Path:
        """The file with its standard output."""
        return self.folder / "stdout.txt"

    @property
    def stderr(self) -> Path:
        """The file with its standard error."""
        return self.folder / "stderr.txt"

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._popen is not None
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._popen is not None and self._popen.poll() is None

    def wait_for_commands(self) -> None:
        """Until it is connected and its commands are registered."""
        self._server.wait(
            lambda: not self.alive or (self._server.world.gateway.connected and self._server.world.commands.get("")),
            READY_TIMEOUT_S,
            "the bot with its commands",
        )
        assert self.alive, self.stderr.read_text(errors="replace")[-2000:]

    def family(self) -> list[psutil.Process]:
        """All processes that descend from it and live, also those whose parent died; not the bot itself."""
        try:
            for child in psutil.Process(self.pid).children(recursive=True):
                self._seen.setdefault(child.pid, child)
        except psutil.NoSuchProcess:
            pass
        return [child for child in self._seen.values() if _lives(child)]

    def workers(self) -> list[psutil.Process]:
        """Those in which TensorFlow is loaded."""
        return [child for child in self.family() if "libtensorflow" in loaded_by(child.pid)]

    def terminate(self, timeout_s: float) -> int:
        """SIGTERM; the exit code. subprocess.TimeoutExpired if it does not end in time."""
        self.family()
        assert self._popen is not None
        self._popen.send_signal(signal.SIGTERM)
        return self._popen.wait(timeout_s)

    def kill(self) -> None:
        """SIGKILL, as by a power cut: of the bot alone."""
        self.family()
        assert self._popen is not None
        self._popen.kill()
        self._popen.wait()

    def wait(self, timeout_s: float) -> int:
        """Wait for its own end: the exit code."""
        assert self._popen is not None
        return self._popen.wait(timeout_s)

    def wait_for_family_to_end(self, timeout_s: float) -> list[psutil.Process]:
        """What still lives when the time is over."""
        end = time.monotonic() + timeout_s
        while (left := self.family()) and time.monotonic() < end:
            time.sleep(0.05)
        return left

    def clear_away(self) -> None:
        """End it and everything it left, whatever the test came to."""
        if self.alive:
            try:
                self.terminate(12)
            except subprocess.TimeoutExpired:
                self.kill()
        for child in self.family():
            child.kill()

    def written(self) -> bytes:
        """Everything that it wrote: output, log, database and every other file."""
        files = [self.stdout, self.stderr, *(path for path in self.home.rglob("*") if path.is_file())]
        return b"\n".join(path.read_bytes() for path in files if path.exists())


def loaded_by(pid: int) -> str:
    """The files that a process has mapped into its memory; empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/maps").read_text()
    except (ProcessLookupError, FileNotFoundError, PermissionError):
        return ""


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
