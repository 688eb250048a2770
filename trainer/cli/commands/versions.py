"""`python -m trainer versions`: the versions of the packages and the machine, for a bug report."""

import argparse
import platform
from typing import Final

from trainer.runs.versions import machine, versions
from trainer.settings import TrainerSettings

HELP: Final = "what to put into a bug report"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """The command has no arguments."""


def run(_chosen: argparse.Namespace, _settings: TrainerSettings) -> int:
    """Print one version a line, then the machine."""
    for name, version in versions().items():
        print(f"{name} {version}")
    print(f"{platform.platform()}, {machine()}")
    return 0
