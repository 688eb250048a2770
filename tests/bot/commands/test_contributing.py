"""The how-tos of CONTRIBUTING.md for a command and a recipe, followed word by word in a copy of the tree."""

import json
import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest

from tests.programs import environment

ROOT = Path(__file__).parents[3]
PAYLOAD = """
import asyncio, json
from bot.discord.client import TutorBot
from bot.discord.translation import CommandTranslator
from bot.logs import Redactor

async def main():
    bot = TutorBot(Redactor())
    await bot.tree.set_translator(CommandTranslator())
    bot.open_classroom(None, None)
    commands = bot.tree.get_commands()
    print(json.dumps([await one.get_translated_payload(bot.tree, bot.tree.translator) for one in commands]))

asyncio.run(main())
"""


def blocks(section: str) -> dict[str, str]:
    """The code blocks of one how-to by the file that their first line names."""
    text = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    how_to = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = re.findall(r"```\w+\n# (\S+)\n(.*?)```", how_to, re.DOTALL)
    assert found
    return dict(found)


@pytest.fixture
def tree(tmp_path: Path, practice_home: Path) -> Path:
    """A copy of the sources, with the practice set in its home."""
    for name in ("bot", "trainer"):
        copytree(ROOT / name, tmp_path / "tree" / name, ignore=ignore_patterns("__pycache__"))
    copytree(practice_home / "datasets", tmp_path / "tree" / "home" / "datasets")
    return tmp_path / "tree"


def follow(section: str, tree: Path) -> None:
    """Write the files of a how-to; a file that exists gets the lines at its end."""
    for name, content in blocks(section).items():
        with (tree / name).open("a", encoding="utf-8") as file:
            file.write(content)


def run(tree: Path, *command: str, lines: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *command], input=lines, capture_output=True, text=True, timeout=100, check=False, cwd=tree,
        env=environment(tree / "home", PYTHONPATH=str(tree)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def payload(tree: Path) -> dict[str, Any]:
    """What would be registered with Discord."""
    return {command["name"]: command for command in json.loads(run(tree, "-c", PAYLOAD))}


def test_a_command_is_one_file_and_its_words(tree: Path) -> None:
    follow("A command", tree)
    shown = run(tree, "-m", "bot", "chat", lines="/help\n/greet times:2\n/greet times:many\n")
    assert "/greet times:2 Say hello" in shown
    assert "Hello! Hello!" in shown
    assert "times cannot be 'many'" in shown
    greet = payload(tree)["greet"]
    assert greet["description_localizations"]["zh-CN"] == "打个招呼"
    assert [(one["name"], one["min_value"], one["max_value"]) for one in greet["options"]] == [("times", 1, 3)]
    assert not greet["options"][0]["required"]


@pytest.mark.slow
def test_a_recipe_is_one_file_and_its_words(tree: Path) -> None:
    follow("A recipe", tree)
    recipes = {
        choice["value"]: choice["name_localizations"]["zh-CN"]
        for option in payload(tree)["train"]["options"]
        for choice in option.get("choices", [])
    }
    assert list(recipes) == ["tutorial", "wide", "fast", "best"]
    assert recipes["wide"].startswith("wide：256 个隐藏单元")
    assert "wide" in run(tree, "-m", "bot", "chat", lines="/train recipe:none\n")
    assert "Test accuracy: 0." in run(tree, "-m", "trainer", "--recipe", "wide", "--epochs", "1", "--batch-size", "512")
