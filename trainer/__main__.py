"""`python -m trainer`: the whole tutorial without any chat; subcommands work on what it saved.

Exit codes: 0 done (also when ended by SIGTERM), 2 wrong use or setting, 130 after Ctrl-C, 1 any other failure.
"""

import os
import signal
from collections.abc import Sequence
from typing import Final

from trainer.cli.commands import bench, evaluate, photos, predict, train, versions
from trainer.cli.parser import Parser
from trainer.cli.program import run_program
from trainer.runtime.ending import ENDING, exit_at_once
from trainer.settings import TrainerSettings

SUBCOMMANDS: Final = (evaluate, predict, photos, versions, bench)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for number in ENDING:
        signal.signal(number, lambda *_: os._exit(0))  # `train` and `bench` have handlers that clean up
    return run_program(_parser(), TrainerSettings, lambda chosen, settings: chosen.command(chosen, settings), arguments)


def _parser() -> Parser:
    parser = Parser(prog="python -m trainer", description="Run the whole tutorial on Fashion-MNIST and save the run.")
    train.add_arguments(parser)
    parser.set_defaults(command=train.run)
    kinds = parser.add_subparsers(title="further commands", metavar="COMMAND")
    for command in SUBCOMMANDS:
        subparser = kinds.add_parser(command.__name__.rpartition(".")[2], help=command.HELP)
        command.add_arguments(subparser)
        subparser.set_defaults(command=command.run)
    return parser


if __name__ == "__main__":
    exit_at_once(main())
