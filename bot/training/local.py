"""This machine's scheduler and workers, as the bot sees them: one process, and with it a group of processes."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
from contextlib import suppress
from typing import Final

from bot.settings import SECRETS, Settings

START_S: Final = 60.0
STOP_S: Final = 1.5
GIVEN_UP_S: Final = 10.0  # a worker without a process for so long gets a new nanny; a restart takes two seconds


class LocalWorkers:
    """Starts and ends the process `bot.training.cluster`.

    A process of its own and not a cluster inside the bot: all of it can be killed at once, whatever state it is in;
    Ctrl-C does not reach it; and what TensorFlow prints goes into a log file instead of the learner's terminal.
    """

    def __init__(self, settings: Settings) -> None:
        self._workers = settings.tutor_workers
        self._folder = settings.tutor_home / "dask" / f"engine-{secrets.token_hex(4)}"
        self._log = settings.tutor_home / "logs" / "workers.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> str:
        """The scheduler's address, when all workers are there. Raises OSError, TimeoutError."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot.training.cluster",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=_environment(),
                start_new_session=True,
            )
        order = {
            "workers": self._workers,
            "folder": str(self._folder),
            "log": str(self._log),
            "given_up_s": GIVEN_UP_S,
        }
        assert self._process.stdin is not None  # noqa: S101 both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        async with asyncio.timeout(START_S):
            line = await self._process.stdout.readline()
        if not line:
            raise OSError(f"the workers could not be started, see {self._log}")
        return json.loads(line)["address"]

    async def ended(self) -> None:
        """Wait until the process has ended by itself."""
        if self._process is not None:
            await self._process.wait()

    async def stop(self) -> None:
        """End the process and all workers, within 2 * STOP_S."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()  # it kills the workers and itself
        if not await self._ended_within(STOP_S):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await self._ended_within(STOP_S)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _ended_within(self, limit_s: float) -> bool:
        try:
            async with asyncio.timeout(limit_s):
                await self.ended()
        except TimeoutError:
            return False
        return True


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS}
    # The same modules as here, wherever they came from: a checkout, an installed package, a test's folder.
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
