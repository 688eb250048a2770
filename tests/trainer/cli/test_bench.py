"""`python -m trainer bench` measures both programs and leaves no process or file behind."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.programs import environment
from trainer.cli.bench import Measured, Program, measure, report, write_for_keras
from trainer.data.dataset import Dataset
from trainer.data.fashion_mnist import FILES
from trainer.data.idx import parse
from trainer.errors import TutorError


def bench(temporary: Path, *arguments: str) -> list[str]:
    temporary.mkdir()
    return [sys.executable, "-m", "trainer", "--dataset", "practice", "bench", *arguments]


@pytest.mark.slow
def test_both_programs_are_measured(practice_home: Path, tmp_path: Path) -> None:
    temporary, figures = tmp_path / "temporary", tmp_path / "figures.json"
    command = bench(temporary, "--runs", "1", "--epochs", "1", "--json", str(figures))
    done = subprocess.run(
        command,
        env=environment(practice_home, TMPDIR=str(temporary)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "PRACTICE SET" in done.stdout
    result = json.loads(figures.read_text())
    assert (result["dataset"]["name"], result["epochs"]) == ("practice", 1)
    for program in ("plain", "trainer"):
        (one,) = result["measured"][program]
        assert 0 < one["fit_s"] < one["process_s"]
        assert 300e6 < one["peak_bytes"] < 4e9
        assert one["test_accuracy"] > 0.7
        assert f"{one['fit_s']:.2f} s" in done.stdout
    assert result["ratio"]["fit_s"] == result["median"]["plain"]["fit_s"] / result["median"]["trainer"]["fit_s"]
    assert list(temporary.iterdir()) == []


def test_sigterm_ends_the_measured_process_too(practice_home: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    command = bench(temporary)
    with subprocess.Popen(
        command, env=environment(practice_home, TMPDIR=str(temporary)), stdout=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 30
        while not (children := psutil.Process(process.pid).children(recursive=True)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert list(temporary.iterdir()) == []


def test_a_process_is_measured_as_the_system_sees_it() -> None:
    program = "import time; block = bytearray(300_000_000); time.sleep(0.3); print('done')"
    took_s, peak_bytes, output = measure([sys.executable, "-c", program], os.environ)
    assert took_s > 0.3
    assert 300e6 < peak_bytes < 400e6
    assert output == "done\n"


def test_a_failing_program_is_named_with_its_last_line() -> None:
    with pytest.raises(TutorError, match="disk on fire") as caught:
        measure([sys.executable, "-c", "raise SystemExit('first\\ndisk on fire')"], os.environ)
    assert "disk on fire" in caught.value.sentence("zh-CN")


def test_medians_and_ratios(practice: Dataset) -> None:
    plain = [Measured(process_s, process_s / 2, 1000, 0.88) for process_s in (80.0, 60.0, 500.0)]
    ours = [Measured(process_s, process_s / 4, 700, 0.87) for process_s in (16.0, 10.0, 20.0)]
    measured: dict[Program, list[Measured]] = {"plain": plain, "trainer": ours}
    result = report(measured, practice, epochs=10)
    assert result["median"]["plain"]["process_s"] == 80
    assert result["ratio"] == {"fit_s": 10, "process_s": 5}
    assert json.loads(json.dumps(result)) == result


def test_keras_is_given_the_same_data(practice: Dataset, tmp_path: Path) -> None:
    write_for_keras(practice, tmp_path / "keras")
    read = {path.name: parse(io.BytesIO(path.read_bytes()), path.name) for path in (tmp_path / "keras").iterdir()}
    arrays = (practice.train_images, practice.train_labels, practice.test_images, practice.test_labels)
    for name, array in zip(FILES, arrays, strict=True):
        np.testing.assert_array_equal(read[name], array)
