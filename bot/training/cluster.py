"""The process that holds this machine's scheduler and workers: `python -m bot.training.cluster OPTIONS`.

`local` starts it with its options as JSON. It prints the scheduler's address as one line of JSON on standard output,
and ends, with its workers, when the bot has ended.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

import psutil
from filelock import FileLock, Timeout

from bot.training.local import kill_tree
from trainer.runtime.parent import exit_with_parent

LOCK: Final = ".lock"
CHECK_S: Final = 1.0
MOST_LOG_BYTES: Final = 2**20
_UNLOCKED_S: Final = 60.0  # a younger folder may not be locked yet
_log = logging.getLogger(__name__)


def main() -> None:
    """Serve until the bot has ended."""
    options = json.loads(sys.argv[1])
    exit_with_parent(options["parent_pid"], before=lambda: kill_tree(psutil.Process(), itself=False))
    # Ctrl-C and a stopping service send signals to every process; the bot alone decides, and kills this one. Signals
    # that are ignored here stay ignored in the workers, from their start.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # kill_tree ends the tracker before this process, which is no reason for a warning in the log.
    warnings.filterwarnings("ignore", module="multiprocessing.resource_tracker")
    answers = _redirect_output(Path(options["log"]))
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    folder = Path(options["folder"])
    folder.mkdir(parents=True)
    with FileLock(folder / LOCK):
        _remove_leftovers(folder.parent)
        asyncio.run(_serve(options, folder, answers))


async def _serve(options: dict[str, Any], folder: Path, answers: IO[str]) -> None:
    workers: int = options["workers"]
    from dask import config

    config.set(
        {
            "logging": {"distributed": "warning"},
            "temporary-directory": str(folder),
            "distributed.scheduler.allowed-failures": 0,  # a job that killed its worker is not run on another one
            "distributed.scheduler.work-stealing": False,  # the bot chooses the worker
            "distributed.scheduler.http.routes": [],
            "distributed.worker.http.routes": [],
            "distributed.scheduler.active-memory-manager.start": False,
            "distributed.worker.profile.enabled": False,
            "distributed.admin.system-monitor.gil.enabled": False,
            "distributed.admin.low-level-log-length": 100,
            "distributed.diagnostics.nvml": False,
        }
    )
    from distributed import LocalCluster  # reads the logging settings while it is imported

    threads = str(max(1, (os.cpu_count() or 1) // workers))
    async with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,  # one job a process: TensorFlow's settings, e.g. its seed, belong to the process
        processes=True,
        host="127.0.0.1",
        # No dashboard; the server that remains of it must not take a well-known port.
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        memory_limit=0,  # TensorFlow keeps memory that it has allocated; Dask must not pause a training for it
        local_directory=str(folder),
        preload=["bot.training.worker"],
        env={"TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": threads, "TF_CPP_MIN_LOG_LEVEL": "3"},
        asynchronous=True,
    ) as cluster:
        print(json.dumps({"address": cluster.scheduler_address}), file=answers, flush=True)
        await _supervise(cluster, workers, options["nanny_lost_s"])


async def _supervise(cluster: Any, workers: int, nanny_lost_s: float) -> None:
    """Replace nannies that have given up (they restart a dead worker once), and empty the log when it is large."""
    since: dict[Any, float] = {}
    while True:
        await asyncio.sleep(CHECK_S)
        now = time.monotonic()
        down = [name for name, nanny in cluster.workers.items() if not nanny.is_alive()]
        since = {name: since.get(name, now) for name in down}
        if lost := [name for name, when in since.items() if now - when > nanny_lost_s]:
            _log.warning("the workers %s do not come back: they are replaced", lost)
            await cluster.scale_down(lost)
            await cluster.scale(workers)
        with suppress(OSError):
            if os.fstat(2).st_size > MOST_LOG_BYTES:
                os.ftruncate(2, 0)


def _redirect_output(log: Path) -> IO[str]:
    """Send standard output and error to the log file; returns the standard output that the bot reads."""
    channel = os.fdopen(os.dup(1), "w")
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for number in (1, 2):
        os.dup2(target, number)
    os.close(target)
    return channel


def _remove_leftovers(folder: Path) -> None:
    """Remove the folders of killed bots; that of a running one is locked."""
    import shutil

    for other in folder.glob("engine-*"):
        try:
            if time.time() - other.stat().st_mtime < _UNLOCKED_S:
                continue
            with FileLock(other / LOCK, timeout=0):
                shutil.rmtree(other, ignore_errors=True)
        except (Timeout, OSError):
            continue


if __name__ == "__main__":
    main()
