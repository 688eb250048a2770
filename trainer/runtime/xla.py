"""How XLA compiles the training loop, and where the result is kept. TensorFlow asks once: before it is imported.

TensorFlow can keep compiled code on disk and read it in the next process, which saves a third of a second and 90 MB
there. It trusts such a file: a damaged one ends the training, and code for another processor the process. So trainings
only read; what they read was kept whole, with its sha256, under a key of all that it depends on. A file that is missing
is no loss: the loop is compiled as if nothing had ever been kept.
"""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from trainer.errors import RunError
from trainer.runs.folder import new_run_folder

# XLA takes vectors of half the width else; on a processor without wider ones nothing changes. A tenth of the time.
_WIDE_VECTORS: Final = "--xla_cpu_prefer_vector_width=512"
_DIGESTS: Final = "sha256.json"
_PROCESSOR: Final = Path("/proc/cpuinfo")
_recorded: list[Path] = []


def prepare_xla(home: Path) -> None:
    """Have XLA compile for this processor, and read what `home` keeps; flags that the user has set stay as they are."""
    os.environ.setdefault("XLA_FLAGS", _WIDE_VECTORS)
    if "TF_XLA_FLAGS" not in os.environ:
        is_kept(home)  # what is damaged must be gone before anything reads it
        os.environ["TF_XLA_FLAGS"] = f"{_kept_in(_folder(home))} --tf_xla_persistent_cache_read_only"


def is_kept(home: Path) -> bool:
    """Whether nothing need be recorded: it is kept, or the user has set TF_XLA_FLAGS. What is damaged is removed."""
    if "TF_XLA_FLAGS" in os.environ:
        return True
    if _is_whole(folder := _folder(home)):
        return True
    shutil.rmtree(folder, ignore_errors=True)
    return False


@contextlib.contextmanager
def recording(home: Path) -> Iterator[Callable[[], None]]:
    """Record what is compiled meanwhile; what is yielded keeps it in `home`, or nothing where that cannot be done.

    Begin before `prepare_xla` and before TensorFlow is imported.
    """
    recorded = Path(tempfile.mkdtemp(prefix="keras-tutor-xla-"))
    _recorded.append(recorded)
    os.environ["TF_XLA_FLAGS"] = _kept_in(recorded)
    try:
        yield lambda: _keep(recorded, _folder(home))
    finally:
        drop_recorded()


def drop_recorded() -> None:
    """Clear away what is recorded and not kept; for a process that ends in the middle, too."""
    while _recorded:
        shutil.rmtree(_recorded.pop(), ignore_errors=True)


def _keep(recorded: Path, final: Path) -> None:
    with contextlib.suppress(OSError, RunError), new_run_folder(final) as folder:
        digests = {entry.name: _digest(entry) for entry in recorded.glob("*.pb")}
        for name in digests:
            shutil.copyfile(recorded / name, folder / name)
        (folder / _DIGESTS).write_text(json.dumps(digests), encoding="utf-8")


def _kept_in(folder: Path) -> str:
    quoted = str(folder).replace("\\", r"\\").replace('"', r"\"")
    return f'--tf_xla_persistent_cache_directory="{quoted}" --tf_xla_persistent_cache_device_types=CPU'


def _folder(home: Path) -> Path:
    return home / "xla" / _key()


def _is_whole(folder: Path) -> bool:
    try:
        digests = json.loads((folder / _DIGESTS).read_text(encoding="utf-8"))
        return bool(digests) and all(_digest(folder / name) == digest for name, digest in digests.items())
    except (OSError, ValueError, AttributeError):
        return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _key() -> str:
    """Names all that the compiled code depends on: processor, threads, flags, versions, and this package's own code."""
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    parts = [
        *(importlib.metadata.version(name) for name in ("tensorflow", "keras")),
        sys.prefix,  # the names of source files are compiled in
        platform.python_version(),
        *_processor(),
        str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        os.environ.get("XLA_FLAGS", _WIDE_VECTORS),
        *(os.environ.get(name, "") for name in ("TF_NUM_INTRAOP_THREADS", "TF_ENABLE_ONEDNN_OPTS")),
        *(_digest(source) for source in sources),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _processor() -> list[str]:
    """Its name and all that it can do, where the system tells (Linux)."""
    try:
        lines = _PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return [platform.machine(), platform.processor()]
    return sorted({line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))})
