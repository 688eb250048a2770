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

from bot.logs import limit_output, redirect_output
from bot.training.local import NO_PROCESSES, kill_tree
from trainer.runtime.cores import usable_cores
from trainer.runtime.parent import exit_with_parent
from trainer.runtime.shortage import shortage_of

LOCK: Final = ".lock"
CHECK_S: Final = 1.0
_UNLOCKED_S: Final = 60.0  # a folder may be so old before it is locked
_log = logging.getLogger(__name__)


def main() -> None:
    """Serve until the bot has ended; exit with NO_PROCESSES if the system refuses a process or a thread."""
    try:
        _main()
    except Exception as error:
        if shortage_of(error) is None:
            raise
        _log.exception("the system refuses a process or a thread")
        sys.exit(NO_PROCESSES)


def _main() -> None:
    options = json.loads(sys.argv[1])
    exit_with_parent(options["parent_pid"], before=lambda: kill_tree(psutil.Process(), itself=False))
    # Ctrl-C and a stopping service send signals to every process; only the bot handles them, and kills this one.
    # Signals that are ignored here are ignored in the workers, too, from their start.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # kill_tree ends Python's resource tracker before this process, which would then log a warning.
    warnings.filterwarnings("ignore", module="multiprocessing.resource_tracker")
    channel = os.fdopen(os.dup(1), "w")  # the standard output that the bot reads
    redirect_output(Path(options["log"]))
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    folder = Path(options["folder"])
    folder.mkdir(parents=True)
    with FileLock(folder / LOCK):
        _remove_leftovers(folder.parent)
        asyncio.run(_serve(options, folder, channel))


async def _serve(options: dict[str, Any], folder: Path, channel: IO[str]) -> None:
    workers: int = options["workers"]
    from dask import config

    config.set(
        {
            "logging": {"distributed": "warning"},
            "temporary-directory": str(folder),
            "distributed.scheduler.allowed-failures": 0,  # a job that killed its worker is not repeated
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

    threads = str(max(1, usable_cores() // workers))
    async with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,  # one job per process: TensorFlow's settings, e.g. its seed, apply to the process
        processes=True,
        host="127.0.0.1",
        # No dashboard; its HTTP server starts all the same, and must not use a well-known port.
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        memory_limit=0,  # TensorFlow keeps memory that it has allocated; Dask would pause a training for it
        local_directory=str(folder),
        preload=["bot.training.worker"],
        env={"TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": threads, "TF_CPP_MIN_LOG_LEVEL": "3"},
        asynchronous=True,
    ) as cluster:
        print(json.dumps({"address": cluster.scheduler_address}), file=channel, flush=True)
        await _supervise(cluster, workers, options["nanny_lost_s"])


async def _supervise(cluster: Any, workers: int, nanny_lost_s: float) -> None:
    """Replace nannies that have failed to restart their worker (they try once); limit the size of the log."""
    since: dict[Any, float] = {}
    while True:
        await asyncio.sleep(CHECK_S)
        now = time.monotonic()
        down = [name for name, nanny in cluster.workers.items() if not nanny.is_alive()]
        since = {name: since.get(name, now) for name in down}
        if lost := [name for name, when in since.items() if now - when > nanny_lost_s]:
            _log.warning("the workers %s were not restarted: they are replaced", lost)
            await cluster.scale_down(lost)
            await cluster.scale(workers)
        with suppress(OSError):
            limit_output()


def _remove_leftovers(folder: Path) -> None:
    """Remove the folders of killed bots; that of a running bot is locked."""
    import shutil

    for other in folder.glob("engine-*"):
        try:
            if time.time() - other.stat().st_mtime < _UNLOCKED_S:
                continue
            with FileLock(other / LOCK, timeout=0):
                pass  # nobody holds it; Windows removes no file that is open
        except (Timeout, OSError):
            continue
        shutil.rmtree(other, ignore_errors=True)


if __name__ == "__main__":
    main()
