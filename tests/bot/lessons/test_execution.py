"""The lessons quote code that runs: every quoted line is executed by the program that the lesson speaks of."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import coverage
import pytest
from PIL import Image

from bot.lessons import lesson
from tests.programs import environment
from trainer import STEPS
from trainer.cli.bench import write_for_keras
from trainer.data.dataset import Dataset
from trainer.language import LANGUAGES
from trainer.runs.folder import Run

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
# The tutorial, a prediction, what a picture process does for `/explain step:load`, and the plain script.
PROGRAMS = """
import runpy, sys
from trainer.__main__ import main
from trainer.plots.lessons import draw_lesson
from trainer.settings import TrainerSettings
from trainer.steps.load import load_data
out, picture, run = sys.argv[1:]
assert main(["--epochs", "1", "--out", out]) == 0
assert main(["predict", picture, "--run", run]) == 0
draw_lesson("load", "en", load_data("practice", settings=TrainerSettings()), None)
sys.argv = ["plain", "--epochs", "1"]
runpy.run_module("trainer.cli.plain", run_name="__main__")
"""


class Programs:
    """Runs the trainer's programs under coverage."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._configuration = folder / "coveragerc"
        self._configuration.write_text(
            f"[run]\nsource_pkgs = trainer\ndata_file = {folder / 'data'}\nparallel = true\npatch = _exit\n"
        )
        self._environment = environment(home, PYTHONPATH=str(ROOT), TF_CPP_MIN_LOG_LEVEL="3")

    def run(self, *command: str) -> None:
        coverage_run = [sys.executable, "-m", "coverage", "run", f"--rcfile={self._configuration}", *command]
        done = subprocess.run(
            coverage_run, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def lines_not_executed(self, files: Sequence[str]) -> dict[str, set[int]]:
        """For each file the numbers of the statements that no program has executed."""
        found = coverage.Coverage(config_file=str(self._configuration))
        found.combine()
        return {file: set(found.analysis2(str(ROOT / file))[3]) for file in files}


@pytest.fixture(scope="module")
def not_executed(
    tmp_path_factory: pytest.TempPathFactory, practice_home: Path, practice: Dataset, practice_run: Run
) -> dict[str, set[int]]:
    folder = tmp_path_factory.mktemp("coverage")
    copytree(practice_home / "datasets", folder / "home" / "datasets")
    few = replace(practice, train_images=practice.train_images[:640], train_labels=practice.train_labels[:640])
    write_for_keras(few, folder / "home" / "keras" / "datasets" / "fashion-mnist")
    picture = folder / "picture.png"
    Image.fromarray(practice.test_images[0]).resize((280, 280)).save(picture)
    script = folder / "programs.py"
    script.write_text(PROGRAMS)
    programs = Programs(folder, folder / "home")
    programs.run(str(script), str(folder / "run"), str(picture), str(practice_run.path))
    files = {quote.source for step in STEPS for language in LANGUAGES for quote in lesson(step, language).quotes}
    return programs.lines_not_executed(sorted(files))


@pytest.mark.parametrize("step", STEPS)
def test_every_quoted_line_is_executed(step: str, not_executed: dict[str, set[int]]) -> None:
    for quote in lesson(step, "en").quotes:
        assert not not_executed[quote.source] & set(quote.numbers), (quote.source, quote.part)


def test_a_line_that_is_not_executed_is_found(not_executed: dict[str, set[int]]) -> None:
    lines = (ROOT / "trainer" / "steps" / "predict.py").read_text(encoding="utf-8").splitlines()
    unused = {lines[number - 1].strip() for number in not_executed["trainer/steps/predict.py"]}
    assert any(line.startswith("raise RunError") for line in unused)
