"""Start and kill the process that holds this machine's scheduler and workers."""

import asyncio
import errno
import json
import os
import secrets
import shutil
import subprocess
import sys
from contextlib import suppress
from typing import Final

import psutil

from bot.settings import SECRETS, Settings

START_S: Final = 60.0
STOP_S: Final = 1.5
NANNY_LOST_S: Final = 10.0  # a nanny without a worker process for this time is replaced; a restart takes 2 s
NO_PROCESSES: Final = 75  # exit code of bot.training.cluster: the system refused a process or a thread
# What a session of its own is elsewhere: Ctrl-C, Ctrl-Break and the closing of the window do not reach the workers.
NO_CONSOLE: Final[int] = getattr(subprocess, "CREATE_NO_WINDOW", 0)


class LocalWorkers:
    """Starts and kills the process `bot.training.cluster`.

    Not a cluster in the bot's own process, because so everything can be killed at once in any state, Ctrl-C does not
    reach it, and what TensorFlow prints goes to a log file instead of the learner's terminal.
    """

    def __init__(self, settings: Settings) -> None:
        self._workers = settings.tutor_workers
        self._folder = settings.tutor_home / "dask" / f"engine-{secrets.token_hex(4)}"
        self._log = settings.tutor_home / "logs" / "workers.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> str:
        """Start the workers; returns the address of their scheduler. Raises OSError, TimeoutError."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        options = {
            "parent_pid": os.getpid(),
            "workers": self._workers,
            "folder": str(self._folder),
            "log": str(self._log),
            "nanny_lost_s": NANNY_LOST_S,
        }
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot.training.cluster",
                json.dumps(options),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=environment(),
                start_new_session=True,
                creationflags=NO_CONSOLE,
            )
        assert self._process.stdout is not None  # noqa: S101 it is a pipe
        async with asyncio.timeout(START_S):
            line = await self._process.stdout.readline()
        if not line:
            if await self._process.wait() == NO_PROCESSES:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            raise OSError(f"the workers could not be started, see {self._log}")
        return json.loads(line)["address"]

    async def ended(self) -> None:
        """Wait until the process has ended."""
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> None:
        """Kill the process and all workers, within 2 * STOP_S, and remove their folder."""
        if self._process is None:
            return
        if self._process.returncode is None:
            with suppress(psutil.NoSuchProcess):
                await asyncio.to_thread(kill_tree, psutil.Process(self._process.pid))
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self.ended()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def kill_tree(process: psutil.Process, *, itself: bool = True) -> None:
    """Kill everything that `process` started, directly or not, and then the process itself; takes at most STOP_S.

    The children first, so that `process` can still wait for them: in a container there may be no init that does.
    """
    children = process.children(recursive=True)
    _kill(children)
    psutil.wait_procs(children, timeout=STOP_S)
    if itself:
        # A nanny may have replaced a worker meanwhile.
        _kill([process, *process.children(recursive=True)])


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def environment() -> dict[str, str]:
    """That of a process that trains: without secrets, with the same modules."""
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS}
    # The same modules as here: from a checkout, an installed package, a test's folder.
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
