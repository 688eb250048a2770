"""The font knows every character that a picture may show, in both languages."""

import unicodedata
from pathlib import Path

from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import sans_path

ROOT = Path(__file__).parents[3]
SIGNS = "↓→÷×−≈√·…–%°“”"  # what the pictures draw besides their sentences
TEXTS = ("bot/texts/**/*.toml", "bot/lessons/**/*.md", "trainer/language/**/*.toml")


def characters(pattern: str) -> set[str]:
    files = list(ROOT.glob(pattern))
    assert files
    return {character for file in files for character in file.read_text("utf-8")}


def is_emoji(character: str) -> bool:
    """Whether only a chat shows it: an emoji, or the mark that asks for its coloured form."""
    return character == "\N{VARIATION SELECTOR-16}" or unicodedata.category(character) == "So"


def test_every_character_of_the_texts_has_a_glyph() -> None:
    with TTFont(sans_path()) as font:
        known = font.getBestCmap() or {}
    used = set(SIGNS).union(*(characters(pattern) for pattern in TEXTS))
    assert len(used) > 500
    assert [sign for sign in sorted(used) if sign != "\n" and not is_emoji(sign) and ord(sign) not in known] == []


def test_its_weight_is_regular() -> None:
    with TTFont(sans_path()) as font:
        assert font["OS/2"].usWeightClass == 400  # pyright: ignore[reportAttributeAccessIssue]
        assert "fvar" not in font  # matplotlib shows a variable font in its first weight
