"""The font of all pictures, with Latin and Chinese characters: Noto Sans CJK SC."""

import importlib.util
from functools import cache
from pathlib import Path


@cache
def font_path() -> Path:
    """The font file of the package mplfonts, found without importing the package."""
    spec = importlib.util.find_spec("mplfonts")
    assert spec is not None  # noqa: S101 a dependency of this project
    assert spec.submodule_search_locations  # noqa: S101
    return Path(spec.submodule_search_locations[0]) / "fonts" / "NotoSansCJKsc-Regular.otf"
