"""The process that holds this machine's scheduler and workers: `python -m bot.training.cluster`, started by `local`.

It reads one line of JSON from standard input, answers with the scheduler's address in one line on standard output,
and kills itself and its workers as soon as standard input ends: that is how a dead bot looks from here.
"""

import asyncio
import json
import logging
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from filelock import FileLock, Timeout

LOCK: Final = ".lock"
CHECK_S: Final = 1.0
END_S: Final = 1.0
MOST_LOG_BYTES: Final = 2**20
_JUST_MADE_S: Final = 60.0
_log = logging.getLogger(__name__)


def main() -> None:
    """Serve until standard input ends."""
    order = json.loads(sys.stdin.readline())
    answer = _answer_channel(Path(order["log"]))
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    # Ctrl-C and a stopping service signal every process; the bot alone decides, and ends this one. Signals that are
    # ignored here stay ignored in the workers, from their first moment on.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    loops: list[asyncio.AbstractEventLoop] = []
    threading.Thread(target=_end_with_the_bot, args=(loops,), daemon=True).start()
    folder = Path(order["folder"])
    folder.mkdir(parents=True)
    with FileLock(folder / LOCK):
        _remove_leftovers(folder.parent)
        asyncio.run(_serve(order, folder, answer, loops))


async def _serve(order: dict[str, Any], folder: Path, answer: IO[str], loops: list[asyncio.AbstractEventLoop]) -> None:
    loops.append(asyncio.get_running_loop())
    workers: int = order["workers"]
    from dask import config

    config.set(
        {
            "logging": {"distributed": "warning"},
            "temporary-directory": str(folder),
            "distributed.scheduler.allowed-failures": 0,  # a job that killed its worker is not tried on another one
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
    from distributed import LocalCluster  # reads how to log while it is imported

    threads = str(max(1, (os.cpu_count() or 1) // workers))
    async with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,  # TensorFlow is not thread-safe: one job a process
        processes=True,
        host="127.0.0.1",
        # No dashboard; what remains of its server must not take a well-known port.
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        memory_limit=0,  # TensorFlow keeps what it has; Dask must not pause a training for it
        local_directory=str(folder),
        preload=["bot.training.worker"],
        env={"TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": threads, "TF_CPP_MIN_LOG_LEVEL": "3"},
        asynchronous=True,
    ) as cluster:
        print(json.dumps({"address": cluster.scheduler_address}), file=answer, flush=True)
        await _look_after(cluster, workers, order["given_up_s"])


async def _look_after(cluster: Any, workers: int, given_up_s: float) -> None:
    """Replace a nanny that has given up: it starts a dead worker anew once, and not again if that fails."""
    since: dict[Any, float] = {}
    while True:
        await asyncio.sleep(CHECK_S)
        now = time.monotonic()
        down = [name for name, nanny in cluster.workers.items() if not nanny.is_alive()]
        since = {name: since.get(name, now) for name in down}
        if given_up := [name for name, when in since.items() if now - when > given_up_s]:
            _log.warning("the workers %s do not come back: new ones take their place", given_up)
            await cluster.scale_down(given_up)
            await cluster.scale(workers)
        with suppress(OSError):
            if os.fstat(2).st_size > MOST_LOG_BYTES:
                os.ftruncate(2, 0)


def _answer_channel(log: Path) -> IO[str]:
    """Standard output as the bot knows it; from now on everything that is printed goes to the log file."""
    channel = os.fdopen(os.dup(1), "w")
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for number in (1, 2):
        os.dup2(target, number)
    os.close(target)
    return channel


def _end_with_the_bot(loops: list[asyncio.AbstractEventLoop]) -> None:
    while os.read(0, 1024):
        pass
    # In the loop, because there no nanny can start a worker meanwhile; but not if the loop hangs.
    for loop in loops:
        loop.call_soon_threadsafe(_end)
        time.sleep(END_S)
    _end()


def _end() -> None:
    """Kill the workers and then this process; without zombies, which in a container nobody would clear away."""
    import psutil

    workers = psutil.Process().children(recursive=True)
    for worker in workers:
        with suppress(psutil.Error):
            worker.kill()
    psutil.wait_procs(workers, timeout=END_S)
    if os.getpgrp() == os.getpid():  # the bot made this process the leader of a group, to which every worker belongs
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _remove_leftovers(folder: Path) -> None:
    """Clear away what killed bots left here; a living one holds the lock of its folder."""
    import shutil

    for other in folder.glob("engine-*"):
        try:
            if time.time() - other.stat().st_mtime < _JUST_MADE_S:  # perhaps not locked yet
                continue
            with FileLock(other / LOCK, timeout=0):
                shutil.rmtree(other, ignore_errors=True)
        except (Timeout, OSError):
            continue


if __name__ == "__main__":
    main()
