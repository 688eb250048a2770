"""Every command, declared once: a module here holds one function, named like the module, that `declare` reads.

A new file is a new command in every front end; nothing else lists them. Its words are `command.<name>` in bot/texts.
"""

import importlib
import pkgutil
from typing import Final

from bot.commands.buttons import BUTTONS, Button, Destination
from bot.commands.declare import Command, Option, Reply, Request, UploadedFile

__all__ = ["BUTTONS", "COMMANDS", "Button", "Command", "Destination", "Option", "Reply", "Request", "UploadedFile"]


def _discover() -> dict[str, Command]:
    found: list[Command] = []
    for module in pkgutil.iter_modules(__path__):
        declared = getattr(importlib.import_module(f"{__name__}.{module.name}"), module.name, None)
        if isinstance(declared, Command):
            found.append(declared)
    return {command.name: command for command in sorted(found, key=lambda command: (command.order, command.name))}


COMMANDS: Final[dict[str, Command]] = _discover()
