"""bot/Dockerfile and bot/compose.yaml fit the program and each other; nothing is built."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.discord.main import EXIT_S
from bot.heartbeat import EVERY_S, heartbeat_file
from trainer.runtime.shortage import NEEDED

BOT = Path(__file__).parents[2] / "bot"
PROJECT = BOT.parent


def instructions(name: str) -> list[str]:
    """What follows this word in the Dockerfile, lines that are continued joined."""
    text = (BOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(rf"^{name} +(.*)$", text, re.MULTILINE)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((BOT / "compose.yaml").read_text(encoding="utf-8"))


def test_the_user_is_not_root() -> None:
    assert instructions("USER") == ["10001:10001"]
    assert "-o 10001 -g 10001 /data" in " ".join(instructions("RUN"))


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    ignored = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]]
    assert {"bot", "trainer", "pyproject.toml"} <= set(copied)
    for name in copied:
        assert (PROJECT / name).exists()
        assert f"!{name}" in ignored


def health(home: Path) -> int:
    """The exit code of the health check."""
    (line,) = instructions("HEALTHCHECK")
    command: list[str] = json.loads(line[line.index("[") :])
    assert command[0] == "python"
    environment = {**os.environ, "TUTOR_HOME": str(home)}
    return subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True, check=False).returncode


def test_the_health_check(tmp_path: Path) -> None:
    assert health(tmp_path) != 0
    heartbeat_file(tmp_path).touch()
    assert health(tmp_path) == 0
    late = time.time() - 100
    assert EVERY_S * 3 < 100
    os.utime(heartbeat_file(tmp_path), (late, late))
    assert health(tmp_path) != 0


def test_the_service(compose: dict[str, Any]) -> None:
    service = compose["services"]["bot"]
    assert (BOT / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == BOT / "Dockerfile"
    (volume,) = service["volumes"]
    name, _, home = volume.partition(":")
    assert name in compose["volumes"]
    assert [home] == instructions("VOLUME")
    assert f"TUTOR_HOME={home}" in " ".join(instructions("ENV"))
    assert service["read_only"]
    assert service["pids_limit"] >= NEEDED
    assert int(service["stop_grace_period"].removesuffix("s")) > EXIT_S
    assert (BOT / service["env_file"][0]["path"]).resolve() == PROJECT / ".env"
