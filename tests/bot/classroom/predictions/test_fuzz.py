"""Five hundred damaged pictures, the same ones every time; `tests.benchmarks.fuzz_pictures` looks at far more."""

import shutil
from pathlib import Path

from tests.benchmarks.fuzz_pictures import classroom_with_a_run, fuzz
from trainer.runs.folder import Run


async def test_damaged_pictures_get_an_answer_or_a_sentence(practice_run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(practice_run.path, home / "runs" / practice_run.path.name)
    async with classroom_with_a_run(home) as classroom:
        report = await fuzz(classroom, 1, range(500))
    assert report.violations == []
    assert report.replaced == 0
    assert sum(report.outcomes.values()) == 500
    assert report.outcomes["answered"] > 50
    assert report.outcomes["picture_truncated"] > 50
    assert len(report.outcomes) > 4
