"""`python -m trainer bench`: measure the tutorial's plain script against the trainer."""

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trainer.cli.commands.saved_run import practice_notice
from trainer.errors import ConfigError
from trainer.language import sentences
from trainer.limits import BENCH_RUNS_RANGE, EPOCHS_RANGE
from trainer.recipes import RECIPES, configure
from trainer.runtime.ending import ENDING
from trainer.settings import TrainerSettings

if TYPE_CHECKING:
    from trainer.cli.bench import Measured

HELP: Final = "measure the tutorial's plain script against this trainer"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How often, how long, and where to save the figures."""
    low, high = BENCH_RUNS_RANGE
    parser.add_argument("--runs", type=int, default=3, help=f"how often each, {low}-{high} (default: 3)")
    low, high = EPOCHS_RANGE
    parser.add_argument("--epochs", type=int, help=f"{low}-{high} (tutorial: {RECIPES['tutorial'].epochs})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures (default: TUTOR_HOME/bench/<time>.json)")


def run(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """Run both programs in turn, print each measurement and the medians, and save all figures as JSON."""
    if not BENCH_RUNS_RANGE[0] <= chosen.runs <= BENCH_RUNS_RANGE[1]:
        raise ConfigError("runs_range", value=chosen.runs, low=BENCH_RUNS_RANGE[0], high=BENCH_RUNS_RANGE[1])
    epochs = configure(epochs=chosen.epochs).epochs
    from trainer.cli.bench import Measured, Program, compare, report
    from trainer.runs.folder import new_run_id
    from trainer.runtime.atomic import write_file
    from trainer.steps.load import load_data

    for number in ENDING:
        signal.signal(number, lambda *_: sys.exit(0))  # an exception, so that the measured process ends too
    dataset = load_data(settings.tutor_dataset, settings=settings)

    def say(key: str, **values: object) -> None:
        print(sentences()(settings.tutor_lang, f"train.bench_{key}", **values), flush=True)

    practice_notice(dataset.name, settings.tutor_lang)
    say("start", runs=chosen.runs, epochs=epochs)
    measured: dict[Program, list[Measured]] = {"plain": [], "trainer": []}
    for program, one in compare(dataset, settings.tutor_home, runs=chosen.runs, epochs=epochs):
        measured[program].append(one)
        say(program, turn=len(measured[program]), runs=chosen.runs, **_figures(one))
    result = report(measured, dataset, epochs=epochs)
    for program in measured:
        say(f"median_{program}", **_figures(Measured(**result["median"][program])))
    say("ratio", **result["ratio"])
    path = chosen.json or settings.tutor_home / "bench" / f"{new_run_id()}.json"
    write_file(path, f"{json.dumps(result, indent=2)}\n".encode())
    say("saved", path=path)
    return 0


def _figures(one: "Measured") -> dict[str, float]:
    return {
        "fit_s": one.fit_s, "process_s": one.process_s, "peak_mb": one.peak_bytes / 1e6, "accuracy": one.test_accuracy
    }  # fmt: skip
