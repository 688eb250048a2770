"""The run whose figures stand in the questions: the newest one of the home folder, else one trained for the sheet."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bot.errors import SheetError
from bot.settings import Settings
from bot.training.local import NO_CONSOLE, environment
from trainer.runs.folder import Run, list_runs, open_run

EPOCHS: Final = 4  # one more than questions ask about
SEED: Final = 1


@asynccontextmanager
async def run_for_sheet(settings: Settings) -> AsyncIterator[tuple[Run, bool]]:
    """The run, and whether it was trained for the sheet: then its folder is removed at the end.

    Raises SheetError `sheet_training_failed`, RunError.
    """
    if runs := await asyncio.to_thread(list_runs, settings.tutor_home):
        yield runs[0], False
        return
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        await _train(settings, out)
        yield open_run(out), True


async def _train(settings: Settings, out: Path) -> None:
    """`python -m trainer` in a process of its own; it is killed if this task is cancelled."""
    chosen = ("--epochs", str(EPOCHS), "--seed", str(SEED), "--dataset", settings.tutor_dataset, "--out", str(out))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trainer", *chosen),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment() | {"TUTOR_HOME": str(settings.tutor_home), "TUTOR_LANG": settings.tutor_lang},
        start_new_session=True,  # Ctrl-C is for this process, which then ends that one
        creationflags=NO_CONSOLE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise SheetError("sheet_training_failed", problem=lines[-1] if lines else process.returncode)
