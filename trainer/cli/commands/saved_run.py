"""What the commands on a saved run share: the option that names it, and the notice for the practice set."""

import argparse

from trainer.language import Language, sentences
from trainer.runs.folder import Run, find_run
from trainer.settings import TrainerSettings


def add_run_argument(parser: argparse.ArgumentParser) -> None:
    """`--run`, read by `chosen_run`."""
    parser.add_argument("--run", help="a run id or a folder (default: the latest)")


def chosen_run(chosen: argparse.Namespace, settings: TrainerSettings) -> Run:
    """The run that `--run` names; RunError if there is none."""
    return find_run(settings.tutor_home, chosen.run)


def practice_notice(dataset: str, language: Language) -> None:
    """Say that the figures come from the practice set, if they do."""
    if dataset == "practice":
        print(sentences()(language, "train.practice"), flush=True)
