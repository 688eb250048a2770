"""Damaged pictures, the same ones every time; `tests.benchmarks.fuzz_pictures` looks at far more."""

import shutil
from pathlib import Path

import pytest

from tests.benchmarks.fuzz_pictures import classroom_with_a_run, fuzz
from trainer.runs.folder import Run


@pytest.mark.parametrize("files", [range(100), pytest.param(range(100, 500), marks=pytest.mark.slow)])
async def test_damaged_pictures_get_an_answer_or_a_sentence(practice_run: Run, tmp_path: Path, files: range) -> None:
    home = tmp_path / "home"
    shutil.copytree(practice_run.path, home / "runs" / practice_run.path.name)
    async with classroom_with_a_run(home) as classroom:
        report = await fuzz(classroom, 1, files)
    assert report.violations == []
    assert report.replaced == 0
    assert sum(report.outcomes.values()) == len(files)
    assert report.outcomes["answered"] > len(files) / 10
    assert report.outcomes["picture_truncated"] > len(files) / 10
    assert len(report.outcomes) > 4
