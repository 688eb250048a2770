"""`/status` in Discord: for people who may manage the server, and seen by them alone."""

import re

from tests.loopback import LoopbackDiscord
from tests.loopback.classroom import Trained


def test_for_the_teacher_alone(discord: LoopbackDiscord, trained: Trained) -> None:
    teacher = discord.person("Ada", manages=True)
    shown = discord.answer(discord.command(teacher, "status"))
    assert shown.only_for == teacher.id
    for words in ("keras-tutor", " MB", "Database: answers within", "Discord: "):
        assert words in shown.text
    worker = re.search(r"Worker 1: free, (\d+) MB", shown.text)  # it has trained
    assert worker, shown.text
    assert int(worker[1]) > 300
    assert shown.buttons == []
    refused = discord.answer(discord.command(discord.person("小林", "zh-CN"), "status"))
    assert refused.ephemeral
    assert "只有教师" in refused.text
    assert "MB" not in refused.text
