"""What the lessons show is the code that runs: executed in order, it ends with a trained network."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trainer.steps.load import CLASS_NAMES

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("home")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "KERAS_HOME": str(folder), "TF_CPP_MIN_LOG_LEVEL": "3"}
    script = Path(__file__).with_name("execute_quotes.py")
    command = [sys.executable, str(script), str(folder)]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_quoted_code_ends_with_a_trained_network(report: dict[str, Any]) -> None:
    assert report["dataset"] == "practice"
    assert report["classes"] == CLASS_NAMES
    assert report["parameters"] == 101_770
    assert report["accuracy"] > 0.7  # chance is 0.1
    assert report["accuracy_plain"] == pytest.approx(report["accuracy"])
    assert report["accuracy_counted"] == report["accuracy"]
    assert report["confusion_sum"] == 2000
    assert report["saved"] < 1e-6
    assert report["predicted"] == report["answered"]


def test_the_steps_before_the_training_do_what_the_lessons_say(report: dict[str, Any]) -> None:
    assert report["counts"] == [1200] * 10
    assert report["range"] == [0.0, 1.0]


def test_the_plain_and_the_compiled_loop_compute_the_same(report: dict[str, Any]) -> None:
    apart = report["apart"]
    assert apart["moved"] > 1e-3  # ten steps of Adam
    assert apart["quoted"] < 1e-5
    assert apart["compiled"] < 1e-5
