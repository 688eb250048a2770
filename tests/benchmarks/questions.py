"""How well `/ask` finds the step: by cross-validation over the index's own questions, and on questions of learners.

`uv run python -m tests.benchmarks.questions` (LEARNER_QUESTIONS: a file of questions, see tests/README.md). For the
cross-validation the index is built ten times without a tenth of its questions, which are then asked.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.search.index import Encoder, Found, Index, load_index
from bot.search.rows import OUTSIDE, rows

FOLDS: Final = 10


@dataclass(frozen=True)
class Asked:
    """A question and the steps that answer it: `expect` best, `also` well enough; none if the course does not."""

    question: str
    expect: tuple[str, ...]
    also: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    figures: str = ""


def learner_questions(file: Path) -> list[Asked]:
    """The questions of a JSON lines file."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Asked(one["question"], tuple(one["expect"]), tuple(one["also"]), tuple(one["facts"]), one["kind"])
        for one in lines
    ]


@dataclass(frozen=True)
class Score:
    """Shares of the questions: right at the first place, within three, refused though inside, refused and outside."""

    first: float
    three: float
    refused_inside: float
    refused_outside: float

    @classmethod
    def of(cls, answered: Sequence[tuple[Asked, Found]]) -> "Score":
        """The score of answers."""
        inside = [(asked, found) for asked, found in answered if asked.expect]
        outside = [found for asked, found in answered if not asked.expect]

        def share(right: Iterable[bool]) -> float:
            counted = list(right)
            return sum(counted) / max(1, len(counted))

        return cls(
            first=share(not found.outside and found.steps[0] in asked.expect for asked, found in inside),
            three=share(not found.outside and bool({*found.steps} & {*asked.expect}) for asked, found in inside),
            refused_inside=share(found.outside for _, found in inside),
            refused_outside=share(found.outside for found in outside),
        )


def cross_validated(folder: Path) -> list[tuple[Asked, Found]]:
    """Every question of the index, asked to an index without it."""
    every, encoder = rows(), Encoder()
    vectors = encoder.encode_kept([row.text for row in every], folder)
    questions = [number for number, row in enumerate(every) if row.question]
    random.Random(0).shuffle(questions)  # noqa: S311 no secret
    answered: list[tuple[Asked, Found]] = []
    for fold in range(FOLDS):
        left_out = set(questions[fold::FOLDS])
        kept = [number for number in range(len(every)) if number not in left_out]
        index = Index([every[number] for number in kept], vectors[kept], encoder)
        for number in left_out:
            row = every[number]
            expect = () if row.step == OUTSIDE else (row.step,)
            answered.append((Asked(row.text, expect, figures=row.figures), index.search(row.text)))
    return answered


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="list the questions that are answered wrongly")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        answered = cross_validated(Path(folder))
        print(f"cross-validation, {len(answered)} questions: {Score.of(answered)}")
        mine = [(asked, found) for asked, found in answered if asked.figures]
        right = sum(asked.figures in found.figures for asked, found in mine)
        wrong = sum(bool(found.figures) for asked, found in answered if not asked.figures)
        print(
            f"about the own run: {right} of {len(mine)} found; wrongly supposed {wrong} of {len(answered) - len(mine)}"
        )
        if file := os.environ.get("LEARNER_QUESTIONS"):
            index = load_index(rows(), Path(folder))
            asked, took_s = learner_questions(Path(file)), []
            found: list[Found] = []
            for one in asked:
                begun = time.perf_counter()
                found.append(index.search(one.question))
                took_s.append(time.perf_counter() - begun)
            answered = list(zip(asked, found, strict=True))
            print(f"learners, {len(asked)} questions: {Score.of(answered)}")
            print(f"median {1000 * sorted(took_s)[len(took_s) // 2]:.0f} ms, longest {1000 * max(took_s):.0f} ms")
    if options.misses:
        for one, got in answered:
            if got.outside == bool(one.expect) or (one.expect and got.steps[0] not in one.expect):
                print(one.question[:70], one.expect, "->", "outside" if got.outside else got.steps)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
