"""The argument parser of both programs."""

import argparse
from typing import NoReturn

from trainer.errors import SettingsError


class Parser(argparse.ArgumentParser):
    """A parser that raises SettingsError (`wrong_use`) instead of printing the usage and exiting."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse for a wrong command line."""
        raise SettingsError("wrong_use", problem=message, command=self.prog)
