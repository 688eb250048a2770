"""What this machine has: disk, memory, database, data set."""

import platform
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from bot.findings import Finding
from bot.settings import Settings
from bot.store.copies import quick_check
from bot.store.opening import database_name, sqlite_file
from trainer.errors import DatasetError, ProxyError
from trainer.runs import versions as saved_with

GB: Final = 10**9
DISK_WRONG: Final = GB // 2  # a training, its run and the data set need 0.2 GB
DISK_NOTE: Final = 2 * GB
WORKER_BYTES: Final = 9 * GB // 10
BOT_BYTES: Final = 4 * GB // 10
_CGROUP: Final = Path("/sys/fs/cgroup")
_PROBE_S: Final = 10.0


def versions() -> Finding:
    """The versions that a report of a problem names."""
    found = saved_with.versions()
    version, tensorflow = found["keras-tutor"], found["tensorflow"]
    return Finding("fine", "versions", {"version": version, "python": found["python"], "tensorflow": tensorflow,
                                        "machine": platform.platform(terse=True)})  # fmt: skip


def disk(settings: Settings) -> Finding:
    """Free space where the home is."""
    free = shutil.disk_usage(settings.tutor_home).free
    values = {"home": settings.tutor_home, "free": f"{free / GB:.1f}"}
    level = "wrong" if free < DISK_WRONG else "note" if free < DISK_NOTE else "fine"
    return Finding(level, "disk" if level == "fine" else "disk_low", values)


def memory(settings: Settings, *, running: bool) -> Finding:
    """Whether the workers fit; running: a bot has its share already."""
    workers = 0 if settings.dask_scheduler_address else settings.tutor_workers
    free, needed = free_memory(), BOT_BYTES + workers * WORKER_BYTES
    values = {"free": f"{free / GB:.1f}", "needed": f"{needed / GB:.1f}", "workers": workers}
    if free >= needed:
        return Finding("fine", "memory", values)
    return Finding("note" if running else "wrong", "memory_low", values)


def free_memory() -> int:
    """Bytes that can still be had, on the machine and in this control group."""
    free = psutil.virtual_memory().available
    with suppress(OSError, ValueError):  # no control groups, or "max"
        limit = int((_CGROUP / "memory.max").read_text(encoding="ascii"))
        free = min(free, limit - int((_CGROUP / "memory.current").read_text(encoding="ascii")))
    return free


def database(settings: Settings) -> Finding:
    """SQLite's own check of its file. Another database is opened at the start, which says what is wrong with it."""
    file = sqlite_file(settings.database)
    if file is None:
        return Finding("note", "database_other", {"url": database_name(settings.database)})
    if not file.exists():
        return Finding("fine", "database_new", {"path": file})
    if problem := quick_check(file):
        return Finding("wrong", "database_damaged", {"path": file, "problem": problem})
    return Finding("fine", "database", {"path": file, "size": f"{file.stat().st_size / 2**20:.1f}"})


def dataset(settings: Settings) -> Finding:
    """Whether the real data set is here, whole, or can be downloaded."""
    if settings.tutor_dataset == "practice":
        return Finding("note", "dataset_practice")
    from trainer.data.fashion_mnist import FILES, cache_folders, find_file, is_file, load_folder

    given = settings.fashion_mnist_dir
    try:
        for folder in [given] if given else cache_folders(settings.tutor_home):
            if given or all(is_file(find_file(folder, name)) for name in FILES):
                load_folder(folder)
                return Finding("fine", "dataset", {"folder": folder})
    except DatasetError as error:
        return Finding("wrong", "dataset_wrong", {"problem": error.sentence(settings.tutor_lang)})
    return _download(settings)


def _download(settings: Settings) -> Finding:
    from trainer.data.download import MIRRORS
    from trainer.data.fashion_mnist import FILES
    from trainer.data.request import NetworkError, get

    problem = ""
    for mirror in (*([settings.mirror] if settings.mirror else []), *MIRRORS):
        try:
            address = f"{mirror}{next(iter(FILES))}"
            with get(
                address, {"Range": "bytes=0-0"}, proxy_for=settings.proxy_for, silence_s=_PROBE_S,
                should_stop=lambda: False,
            ) as reply:  # fmt: skip
                if reply.status in (200, 206):
                    return Finding("fine", "dataset_later", {"address": mirror})
                problem = f"HTTP status {reply.status}"
        except (NetworkError, ProxyError) as error:
            problem = str(error)
    level = "wrong" if settings.tutor_dataset == "fashion-mnist" else "note"
    return Finding(level, "dataset_missing", {"problem": problem})
