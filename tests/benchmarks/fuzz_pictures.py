"""Damaged picture files: each gets an answer or a sentence that says why not, without a crash or a hang.

`uv run python -m tests.benchmarks.fuzz_pictures` (20 000 files): `classroom.predict` with real picture processes and a
network that is trained first, on the practice set. File `i` of a seed is always the same: `--only i` repeats it. If a
rule is violated the exit code is 1 and the files are written to `--keep`.
"""

import argparse
import asyncio
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from bot.classroom import Answer, Classroom, Learner
from bot.pictures.processes import READ_S, READING, Pictures
from bot.settings import Settings
from bot.store import Store
from bot.training import Engine
from tests.benchmarks.memory import peak_mb
from tests.benchmarks.mutation import mutated
from tests.benchmarks.picture_files import picture_files
from trainer.errors import TutorError
from trainer.language import LANGUAGES, Language, class_name
from trainer.pipeline import run_tutorial
from trainer.recipes import configure

HANGS_S: Final = 2 * READ_S + 5
_NO_SENTENCE: Final = re.compile(r"[{}]|Traceback|Exception|Error\b|^\s*$")
_CHINESE: Final = re.compile("[\u4e00-\u9fff]")
_ENDS: Final = tuple(".!?。！？")
_CRASHES: Final = ("picture_process_died", "picture_timeout", "drawing_failed")


@dataclass
class Report:
    """Outcomes by name, violations (file, problem), and the seconds and number of the slowest file."""

    outcomes: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, str]] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, -1)
    peak_mb: float = 0.0
    replaced: int = 0  # picture processes that died


def file_of(files: Sequence[bytes], seed: int, index: int) -> bytes:
    """The damaged file with this number."""
    return mutated(files, random.Random(f"{seed}:{index}"))  # noqa: S311 no secret


async def fuzz(classroom: Classroom, seed: int, indices: Sequence[int]) -> Report:
    """Let the classroom predict the files, as many at once as it has processes for that."""
    report, files, left = Report(), list(picture_files().values()), iter(indices)
    before = _picture_processes()

    async def work() -> None:
        for index in left:
            language = LANGUAGES[index % 2]
            began = time.monotonic()
            outcome, problem = await _outcome(classroom, file_of(files, seed, index), language)
            report.slowest = max(report.slowest, (time.monotonic() - began, index))
            report.outcomes[outcome] += 1
            if problem:
                report.violations.append((index, f"{outcome}: {problem}"))
            if sum(report.outcomes.values()) % 1000 == 0:
                print(f"{sum(report.outcomes.values())} files, {len(report.violations)} violations", flush=True)

    await asyncio.gather(*(work() for _ in range(READING)))
    after = _picture_processes()
    report.peak_mb = max((peak_mb(process) for process in after.values()), default=0.0)
    report.replaced = len(before.keys() - after.keys())
    return report


async def _outcome(classroom: Classroom, data: bytes, language: Language) -> tuple[str, str]:
    """The name of the outcome, and the rule that it violates, or ""."""
    try:
        async with asyncio.timeout(HANGS_S):
            answer = await classroom.predict(Learner("local", "local", language), data, None)
    except TutorError as error:
        problems = [_problem(error.sentence(one), one) for one in LANGUAGES]
        crash = "a crash or a hang" if error.key in _CRASHES else ""
        return error.key, crash or "".join(problems)
    except TimeoutError:
        return "hang", f"no answer within {HANGS_S} s"
    except Exception as error:
        return "exception", repr(error)
    return "answered", _problem_with(answer, language)


def _problem(sentence: str, language: Language) -> str:
    """Why a text is no sentence in the language, or ""."""
    good = not _NO_SENTENCE.search(sentence) and sentence.endswith(_ENDS)
    return "" if good and bool(_CHINESE.search(sentence)) == (language == "zh-CN") else f"no sentence: {sentence!r}"


def _problem_with(answer: Answer, language: Language) -> str:
    """An answer begins with one of the ten classes and its share, names all ten, and carries a PNG."""
    names = [class_name(language, label) for label in range(10)]
    first = re.match(r"\*\*(.+?)\*\* (\d+\.\d) %", answer.text)
    listed = re.findall(r"(?m)^- (.+) (\d+\.\d) %$", answer.text)
    if first is None or first.group(1) not in names or sorted(name for name, _ in listed) != sorted(names):
        return f"no answer: {answer.text!r}"
    if abs(sum(float(share) for _, share in listed) - 100) > 1:
        return f"shares that do not add up: {listed}"
    wrong = not answer.pictures or not answer.pictures[0].data.startswith(b"\x89PNG")
    return "no picture" if wrong or _NO_SENTENCE.search(answer.text) else ""


def _picture_processes() -> dict[int, psutil.Process]:
    children = psutil.Process().children()
    return {child.pid: child for child in children if "spawn_main" in " ".join(child.cmdline())}


@asynccontextmanager
async def classroom_with_a_run(home: Path) -> AsyncIterator[Classroom]:
    """A classroom with real picture processes; `home` must hold a run."""
    settings = Settings(tutor_home=home, tutor_dataset="practice")
    (home / "logs").mkdir(exist_ok=True)
    pictures = Pictures(settings)
    async with Store(settings.database) as store:
        classroom = Classroom(settings, store, Engine(settings), pictures)
        await pictures.start()
        try:
            yield classroom
        finally:
            await pictures.close()
            await classroom.close()


async def _measure(home: Path, seed: int, indices: Sequence[int]) -> Report:
    settings = Settings(tutor_home=home, tutor_dataset="practice")
    out = home / "runs" / "20261124-101500-abcd"
    await asyncio.to_thread(
        run_tutorial, configure(dataset="practice", epochs=1, seed=7), out=out, run_id=out.name, settings=settings
    )
    async with classroom_with_a_run(home) as classroom:
        return await fuzz(classroom, seed, indices)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=20_261_124)
    parser.add_argument("--only", type=int, help="predict only this file")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="where offending files are written")
    options = parser.parse_args()
    indices = range(options.files) if options.only is None else [options.only]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        report = asyncio.run(_measure(Path(home), options.seed, indices))
    for outcome, count in report.outcomes.most_common():
        print(f"{count:6d}  {outcome}")
    print(f"{len(indices)} files of seed {options.seed} in {time.monotonic() - began:.0f} s")
    print("slowest {:.2f} s: file {}".format(*report.slowest))
    print(f"peak memory of a picture process {report.peak_mb:.0f} MB")
    print(f"{report.replaced} picture processes died, {len(report.violations)} violations")
    files = list(picture_files().values())
    for index, problem in report.violations:
        options.keep.mkdir(parents=True, exist_ok=True)
        (options.keep / f"{options.seed}-{index}").write_bytes(file_of(files, options.seed, index))
        print(f"file {index}: {problem}")
    return int(bool(report.violations) or report.replaced > 0)


if __name__ == "__main__":
    raise SystemExit(main())
