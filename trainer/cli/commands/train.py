"""`python -m trainer`: run the whole tutorial and save the run."""

import argparse
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import get_args

from trainer.cli.program import tell_person
from trainer.config import Config
from trainer.errors import DivergedError
from trainer.events import Event, PhaseStarted
from trainer.language import Language, sentences
from trainer.limits import BATCH_SIZE_RANGE, EPOCHS_RANGE, LEARNING_RATE_MAX
from trainer.recipes import RECIPES, configure
from trainer.runtime.ending import ENDING
from trainer.settings import DatasetChoice, TrainerSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Hyper-parameters, the data set, and where to save the run."""
    parser.add_argument("--recipe", default="tutorial", help=f"one of: {', '.join(RECIPES)} (default: tutorial)")
    choices = get_args(DatasetChoice)
    parser.add_argument("--dataset", dest="tutor_dataset", choices=choices, help="default: TUTOR_DATASET")
    parser.add_argument("--epochs", type=int, help=_range(EPOCHS_RANGE, "epochs"))
    parser.add_argument("--batch-size", type=int, help=_range(BATCH_SIZE_RANGE, "batch_size"))
    parser.add_argument(
        "--learning-rate", type=float, help=f"over 0, up to {LEARNING_RATE_MAX:g} ({_defaults('learning_rate')})"
    )
    parser.add_argument(
        "--augment",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="train with shifted, mirrored, turned, stretched, paler and partly erased images",
    )
    parser.add_argument("--seed", type=int, help="default: a random one, shown and recorded")
    parser.add_argument("--out", type=Path, help="the run folder itself (default: TUTOR_HOME/runs/<id>)")


def _range(limits: tuple[int, int], field: str) -> str:
    return f"{limits[0]}-{limits[1]} ({_defaults(field)})"


def _defaults(field: str) -> str:
    return ", ".join(f"{recipe.name}: {getattr(recipe, field):g}" for recipe in RECIPES.values())


def run(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """Train with the chosen hyper-parameters, showing the progress."""
    config = configure(
        recipe=chosen.recipe,
        dataset=settings.tutor_dataset,
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        learning_rate=chosen.learning_rate,
        augment=chosen.augment,
        seed=chosen.seed,
    )
    tell_person(sentences()(settings.tutor_lang, "train.loading"))
    from trainer.cli.progress import Reporter
    from trainer.runs.folder import diverged_history, new_run_id, remove_partial_runs, runs_folder, write_history
    from trainer.runtime.imports import importing_tensorflow

    run_id = new_run_id()
    out = chosen.out.absolute() if chosen.out else runs_folder(settings.tutor_home) / run_id
    remove_partial_runs(settings.tutor_home)
    _stop_cleanly(out, settings.tutor_lang)
    reporter = Reporter(config, settings.tutor_lang)
    try:
        with importing_tensorflow():
            from trainer.pipeline import run_tutorial

        languages: tuple[Language, ...] = (settings.tutor_lang,)
        with compiling(config, settings, reporter.event) as on_event:
            saved = run_tutorial(
                config, out=out, run_id=run_id, settings=settings, languages=languages, on_event=on_event
            )
    except DivergedError as error:
        if error.history:
            path = diverged_history(settings.tutor_home, run_id)
            write_history(path, error.history)
            reporter.say("history_kept", path=path)
        raise
    finally:
        reporter.close()
    reporter.say("test_accuracy", value=saved.test_accuracy)
    reporter.say("test_loss", value=saved.test_loss)
    reporter.say("timing", **{name: saved.record["timings"][name] for name in ("fit_s", "total_s")})
    reporter.say("saved", path=saved.path)
    return 0


@contextmanager
def compiling(
    config: Config, settings: TrainerSettings, on_event: Callable[[Event], None]
) -> Iterator[Callable[[Event], None]]:
    """Compile the network in a thread while the data are read, which saves about half a second (bench measures it).

    Yields a receiver of events that waits for the thread before the network is built: building sets the seed.
    """
    from trainer.pipeline import warm_up

    with ThreadPoolExecutor(1) as thread:
        compiled = thread.submit(warm_up, settings, config)

        def passed_on(event: Event) -> None:
            if isinstance(event, PhaseStarted) and event.phase == "build":
                compiled.result()
            on_event(event)

        yield passed_on


def _stop_cleanly(out: Path, language: Language) -> None:
    """On Ctrl-C and SIGTERM remove the unfinished run and exit.

    The process exits in the signal handler: an exception raised there can crash TensorFlow's tracing.
    """
    from trainer.runs.folder import remove_partial_run
    from trainer.runtime.imports import print_to_stderr

    def stop(number: int, _frame: FrameType | None) -> None:
        remove_partial_run(out)
        if number == signal.SIGINT:
            print_to_stderr(f"\n{sentences()(language, 'train.stopped')}")
        os._exit(130 if number == signal.SIGINT else 0)

    for number in (*ENDING, signal.SIGINT):
        signal.signal(number, stop)
