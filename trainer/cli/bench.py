"""Measure `python -m trainer` against the tutorial's plain script: seconds, memory, accuracy.

Both run in turn as separate processes on the same data, and compute the same (tests/trainer/steps/test_train.py).
"""

import contextlib
import gzip
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import psutil

from trainer.data.dataset import Dataset
from trainer.data.fashion_mnist import FILES
from trainer.errors import TutorError
from trainer.runs.folder import open_run
from trainer.runs.versions import machine, versions

SCHEMA_VERSION: Final = 1
_SAMPLE_S: Final = 0.02  # between two looks at the memory of the measured process
Program = Literal["plain", "trainer"]


@dataclass(frozen=True)
class Measured:
    """One process from start to exit; `fit_s` is the training alone, `peak_bytes` the largest resident size."""

    process_s: float
    fit_s: float
    peak_bytes: int
    test_accuracy: float


def compare(dataset: Dataset, home: Path, *, runs: int, epochs: int) -> Iterator[tuple[Program, Measured]]:
    """Run both programs in turn, `runs` times each, and yield each measurement as the process ends.

    `home` is the trainer's TUTOR_HOME; the runs are saved in a temporary folder. Raises TutorError (`bench_failed`)
    if a process fails.
    """
    with tempfile.TemporaryDirectory(prefix="keras-tutor-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        write_for_keras(dataset, folder / "datasets" / "fashion-mnist")
        for turn in range(runs):
            yield "plain", _run_plain(folder, epochs)
            yield "trainer", _run_trainer(dataset, home, folder / f"run-{turn}", epochs)


def report(measured: Mapping[Program, Sequence[Measured]], dataset: Dataset, *, epochs: int) -> dict[str, Any]:
    """All measurements, their medians, and the ratios plain / trainer of the seconds, as plain values for JSON."""
    median = {
        program: {f.name: statistics.median(getattr(one, f.name) for one in ones) for f in fields(Measured)}
        for program, ones in measured.items()
    }
    return {
        "schema": SCHEMA_VERSION,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_average": [round(load, 2) for load in psutil.getloadavg()],  # other processes slow both programs
        "versions": versions(),
        "dataset": {"name": dataset.name, "sha256": dataset.sha256},
        "epochs": epochs,
        "measured": {program: [asdict(one) for one in ones] for program, ones in measured.items()},
        "median": median,
        "ratio": {name: median["plain"][name] / median["trainer"][name] for name in ("fit_s", "process_s")},
    }


def _run_plain(keras_home: Path, epochs: int) -> Measured:
    command = [sys.executable, "-m", "trainer.cli.plain", "--epochs", str(epochs)]
    process_s, peak_bytes, output = measure(command, {**os.environ, "KERAS_HOME": str(keras_home)})
    figures = json.loads(output.splitlines()[-1])
    return Measured(process_s, figures["fit_s"], peak_bytes, figures["test_accuracy"])


def _run_trainer(dataset: Dataset, home: Path, out: Path, epochs: int) -> Measured:
    command = [sys.executable, "-m", "trainer", "--dataset", dataset.name, "--epochs", str(epochs), "--out", str(out)]
    process_s, peak_bytes, _ = measure(command, {**os.environ, "TUTOR_HOME": str(home)})
    run = open_run(out)
    return Measured(process_s, run.record["timings"]["fit_s"], peak_bytes, run.test_accuracy)


def measure(command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, int, str]:
    """Run a program to its end; returns seconds from start to exit, largest resident size in bytes, and its output.

    Raises TutorError (`bench_failed`) with the last line of standard error if the program fails. The program is killed
    if this call is interrupted.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=dict(environment), stdout=output, stderr=errors)  # noqa: S603 our own programs
        try:
            peak_bytes = _peak_bytes(process)
        finally:
            process.kill()  # does nothing if it has ended
            process.wait()
        took_s = time.perf_counter() - began
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            lines = errors.read().strip().splitlines() or [f"exit code {process.returncode}"]
            raise TutorError("bench_failed", program=" ".join(command[1:3]), problem=lines[-1])
        return took_s, peak_bytes, output.read()


def _peak_bytes(process: subprocess.Popen[bytes]) -> int:
    """Wait until the process ends; returns its largest resident size in bytes."""
    peak_bytes, measured = 0, psutil.Process(process.pid)
    while process.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            peak_bytes = max(peak_bytes, measured.memory_info().rss)
        time.sleep(_SAMPLE_S)
    return peak_bytes


def write_for_keras(dataset: Dataset, folder: Path) -> None:
    """Write the four files as `keras.datasets.fashion_mnist.load_data` expects them, so that it downloads nothing."""
    folder.mkdir(parents=True)
    arrays = dataset.train_images, dataset.train_labels, dataset.test_images, dataset.test_labels
    for name, array in zip(FILES, arrays, strict=True):
        header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)  # 8: unsigned bytes
        with gzip.open(folder / name, "wb", compresslevel=1) as file:
            file.write(header + array.tobytes())
