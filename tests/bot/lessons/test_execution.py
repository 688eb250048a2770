"""The lessons quote code that runs: every quoted line is executed by the program that the lesson speaks of."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import coverage
import pytest
from PIL import Image

from bot.lessons import lesson
from trainer import STEPS
from trainer.cli.bench import write_for_keras
from trainer.data.dataset import Dataset
from trainer.language import LANGUAGES
from trainer.runs.folder import Run

ROOT = Path(__file__).parents[3]
# What a picture process does for `/explain step:load`.
DRAW = """
import sys
from trainer.plots.lessons import draw_lesson
from trainer.settings import TrainerSettings
from trainer.steps.load import load_data
draw_lesson(sys.argv[1], "en", load_data("practice", settings=TrainerSettings()), None)
"""


class Programs:
    """Runs the trainer's programs under coverage, each in a process of its own."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._configuration = folder / "coveragerc"
        self._configuration.write_text(
            f"[run]\nsource_pkgs = trainer\ndata_file = {folder / 'data'}\nparallel = true\npatch = _exit\n"
        )
        self._environment = os.environ | {
            "TUTOR_HOME": str(home), "TUTOR_DATASET": "practice", "KERAS_HOME": str(folder / "keras"),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }  # fmt: skip

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
    write_for_keras(practice, folder / "keras" / "datasets" / "fashion-mnist")
    picture = folder / "picture.png"
    Image.fromarray(practice.test_images[0]).resize((280, 280)).save(picture)
    script = folder / "draw.py"
    script.write_text(DRAW)
    programs = Programs(folder, practice_home)
    programs.run("-m", "trainer", "--epochs", "1", "--out", str(folder / "run"))
    programs.run("-m", "trainer", "predict", str(picture), "--run", str(practice_run.path))
    programs.run("-m", "trainer.cli.plain", "--epochs", "1")
    programs.run(str(script), "load")
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
