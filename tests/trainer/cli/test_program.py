"""How both programs end: exit code and sentences on standard error."""

import argparse
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trainer.cli.parser import Parser
from trainer.cli.program import run_program
from trainer.errors import ConfigError, RunError
from trainer.settings import TrainerSettings


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUTOR_LANG", "en")
    for name in ("KERAS_HOME", "MPLCONFIGDIR", "DASK_TEMPORARY_DIRECTORY"):  # read_settings changes them
        monkeypatch.setenv(name, os.environ.get(name, ""))


def end(error: BaseException | None = None, *arguments: str) -> int:
    def work(_chosen: argparse.Namespace, _settings: TrainerSettings) -> int:
        if error is not None:
            raise error
        return 0

    parser = Parser(prog="python -m program")
    parser.add_argument("--dataset", dest="tutor_dataset", choices=("practice",))
    return run_program(parser, TrainerSettings, work, arguments)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (None, 0, ""),
        (RunError("no_runs", home="here"), 1, "There is no run in here yet"),
        (ConfigError("seed_range", value=-1, low=0, high=9), 2, "not -1"),
        (KeyboardInterrupt(), 130, "Stopped."),
        (ZeroDivisionError("one\ntwo"), 1, "(ZeroDivisionError: one two)"),
    ],
)
def test_the_end_of_a_program(
    error: BaseException | None, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end(error) == code
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == (1 if words else 0)


def test_wrong_use_names_the_programs_own_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert end(None, "--dataset", "mnist") == 2
    assert "`python -m program --help`" in capsys.readouterr().err


def test_an_option_replaces_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path / "nothing"))
    assert end() == 2
    assert end(None, "--dataset", "practice") == 0


def test_the_traceback_of_an_unexpected_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(logging.getLogger(), "handlers", [])  # without those of pytest, as at the start of a program
        assert end(ValueError("odd")) == 1
        said = capsys.readouterr().err
        assert "Traceback" not in said
        assert "LOG_LEVEL=DEBUG" in said
        patch.setenv("LOG_LEVEL", "DEBUG")
        assert end(ValueError("odd")) == 1
        assert "Traceback" in capsys.readouterr().err
        logging.getLogger().addHandler(handler := logging.FileHandler(tmp_path / "program.log"))
        assert end(ValueError("odd")) == 1
    handler.close()
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert str(tmp_path / "program.log") in said
    assert "Traceback" in (tmp_path / "program.log").read_text()


def test_stdout_that_was_closed(tmp_path: Path) -> None:
    program = (
        "import sys; from trainer.cli.parser import Parser; from trainer.cli.program import run_program; "
        "from trainer.settings import TrainerSettings; "
        "sys.exit(run_program(Parser(), TrainerSettings, lambda *_: [print('x' * 999) for _ in range(9999)] and 0))"
    )
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "TUTOR_HOME": str(tmp_path / "home"), "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(30) == 1
        assert process.stderr.read() == b""
