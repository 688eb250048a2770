"""bot/keras-tutor.service fits the program; where systemd is, it is content with the unit."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.discord.main import EXIT_S
from bot.errors import SettingsError
from trainer.runtime.shortage import NEEDED

UNIT = Path(__file__).parents[2] / "bot" / "keras-tutor.service"


@pytest.fixture
def service() -> configparser.SectionProxy:
    unit = configparser.ConfigParser(strict=True, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment]
    unit.read(UNIT, encoding="utf-8")
    return unit["Service"]


def test_it_starts_the_bot_and_gives_it_time_to_end(service: configparser.SectionProxy) -> None:
    assert service["ExecStart"].endswith("/.venv/bin/python -m bot discord")
    assert EXIT_S < int(service["TimeoutStopSec"]) <= 10
    assert service["KillMode"] == "mixed"  # SIGTERM for the bot alone, which updates the messages of its trainings
    assert int(service["TasksMax"]) >= NEEDED
    assert service["RestartPreventExitStatus"] == str(SettingsError.exit_code)
    home = service["Environment"].split("TUTOR_HOME=")[1].split()[0]
    assert home == f"/var/lib/{service['StateDirectory']}"


def test_it_may_write_its_home_only(service: configparser.SectionProxy) -> None:
    assert service["DynamicUser"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert "MemoryDenyWriteExecute" not in service  # TensorFlow compiles


def test_systemd_is_content(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    unit = tmp_path / "keras-tutor.service"
    text = UNIT.read_text(encoding="utf-8").replace("/opt/keras-tutor/.venv/bin/python", str(program))
    unit.write_text(text, encoding="utf-8")
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, timeout=60, check=False)
    assert "keras-tutor.service" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
