"""What the commands on a saved run share: the option that names it, and the notice for the practice set."""

import argparse

from trainer.language import Language, sentences


def add_run_argument(parser: argparse.ArgumentParser) -> None:
    """`--run`, for `trainer.runs.folder.find_run`."""
    parser.add_argument("--run", help="a run id or a folder (default: the latest)")


def practice_notice(dataset: str, language: Language) -> None:
    """Say that the figures come from the practice set, if they do."""
    if dataset == "practice":
        print(sentences()(language, "train.practice"), flush=True)
