"""What a result depends on: versions and machine, told without importing what they name."""

import importlib.metadata
import os
import platform
from typing import Final

_PACKAGES: Final = ("keras-tutor", "tensorflow", "keras", "numpy", "ai-edge-litert", "matplotlib", "pillow")


def versions() -> dict[str, str]:
    """Version by name: Python and the packages that decide what is computed."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in _PACKAGES}}


def machine() -> str:
    """System, processor architecture and number of cores."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
