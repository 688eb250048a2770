"""Versions and machine, on which a result depends; nothing is imported to find them out."""

import importlib.metadata
import platform
from typing import Final

from trainer.runtime.cores import usable_cores

_PACKAGES: Final = ("keras-tutor", "tensorflow", "keras", "numpy", "ai-edge-litert", "matplotlib", "pillow")


def versions() -> dict[str, str]:
    """Versions by name: Python and the packages that affect results."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in _PACKAGES}}


def machine() -> str:
    """System, processor architecture and number of usable cores."""
    return f"{platform.system()} {platform.machine()}, {usable_cores()} cores"
