"""Importing TensorFlow: messages of native libraries are discarded, the garbage collector and the user's flags stay."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf  # noqa: F401 imported already: nothing is left to do

from tests.programs import run
from trainer.runtime.imports import importing_tensorflow, print_to_stderr, stderr_suppressed


def test_only_what_is_meant_for_a_person_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with stderr_suppressed():
        os.write(2, b"a library\n")
        with stderr_suppressed():
            print_to_stderr("Stopped.")
        print_to_stderr("Stopped again.")
    print("after it", file=sys.stderr)
    print_to_stderr("and again.")
    assert capfd.readouterr().err == "Stopped.\nStopped again.\nafter it\nand again.\n"


def test_importing_again_changes_nothing() -> None:
    frozen = gc.get_freeze_count()
    with importing_tensorflow():
        assert gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() == frozen


@pytest.mark.parametrize("flags", [None, "", "--xla_cpu_prefer_vector_width=256"])
def test_flags_set_by_the_user_stay(flags: str | None) -> None:
    """In a process that has not imported TensorFlow."""
    code = (
        "import gc, os; from trainer.runtime.imports import importing_tensorflow\n"
        "with importing_tensorflow(): assert not gc.isenabled()\n"
        "assert gc.isenabled(); print(os.environ['XLA_FLAGS'], end='')"
    )
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    if flags is not None:
        environment["XLA_FLAGS"] = flags
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    ours = "--xla_cpu_prefer_vector_width=512 --xla_cpu_enable_concurrency_optimized_scheduler=false"
    assert done.stdout == (ours if flags is None else flags)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends the process without calling anybody")
@pytest.mark.parametrize(("language", "word"), [("en", "AVX): use another machine"), ("zh-CN", "请换一台机器")])
def test_a_processor_that_lacks_an_instruction(tmp_path: Path, language: str, word: str) -> None:
    (tmp_path / "tensorflow.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n")
    path = os.pathsep.join([str(tmp_path), str(Path.cwd())])
    done = run("trainer", tmp_path, "--epochs", "1", PYTHONPATH=path, TUTOR_LANG=language)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert word in done.stderr
