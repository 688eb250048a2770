"""One font for every picture, with Latin and Chinese letters: Noto Sans SC."""

from pathlib import Path

from pylopdf_fonts_zh_cn import sans_path


def font_path() -> Path:
    """The font's file, which a package brings along."""
    return sans_path()
