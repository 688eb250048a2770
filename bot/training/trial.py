"""Why workers die on this machine before they train: TensorFlow is tried in a process of its own."""

import asyncio
import signal
import sys
from contextlib import suppress
from typing import Final

from bot.training.local import NO_CONSOLE, environment
from trainer.errors import TutorError
from trainer.runtime.shortage import NEEDED, shortage_of

TRIAL_S: Final = 90.0
_TRIAL: Final = "import tensorflow; tensorflow.constant(1) + 1"
_WINDOWS_ILLEGAL: Final = 0xC000001D  # STATUS_ILLEGAL_INSTRUCTION
_NO_THREADS: Final = ("pthread_create", "Resource temporarily unavailable", "start new thread")


async def cause_of_death() -> TutorError | None:
    """`processor_unsuitable` or `processes_few`; None if TensorFlow works here, so that it was something else."""
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _TRIAL,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
            start_new_session=True,
            creationflags=NO_CONSOLE,
        )
    except OSError as error:
        return shortage_of(error)
    try:
        async with asyncio.timeout(TRIAL_S):
            _, output = await process.communicate()
    except TimeoutError:
        return None
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    if process.returncode in (-signal.SIGILL, _WINDOWS_ILLEGAL):
        return TutorError("processor_unsuitable")
    errors = output.decode(errors="replace")
    if process.returncode and (sign := next((sign for sign in _NO_THREADS if sign in errors), None)):
        return TutorError("processes_few", problem=sign, needed=NEEDED)
    return None
