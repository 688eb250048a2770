"""The log as text and as JSON; no secret is in either."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.logs import Redactor, set_up_logging
from bot.settings import Settings
from tests.programs import _logging_kept

SECRET = 'pass"word\\with signs'


@pytest.fixture(autouse=True)
def _kept() -> Iterator[None]:
    with _logging_kept():
        yield


def logged(home: Path, form: str) -> str:
    settings = Settings(tutor_home=home, log_format=form)  # type: ignore[arg-type]
    set_up_logging(settings, Redactor(SECRET), to_console=True)
    log = logging.getLogger("bot.tests")
    log.info("saved %s\nin two lines with %s", "训练记录", SECRET)
    try:
        raise OSError(f"refused: {SECRET}")  # noqa: TRY301
    except OSError:
        log.exception("a task failed at https://discord.com/api/webhooks/1/abcdefghijklmnop")
    return (home / "logs" / "bot.log").read_text(encoding="utf-8")


def test_one_object_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = logged(tmp_path, "json").splitlines()
    first, second = (json.loads(line) for line in lines)
    assert set(first) == {"time", "level", "logger", "message"}
    assert (first["level"], first["logger"]) == ("INFO", "bot.tests")
    assert first["message"] == "saved 训练记录\nin two lines with [hidden]"
    assert datetime.fromisoformat(first["time"]).utcoffset() is not None
    assert second["level"] == "ERROR"
    assert "Traceback" in second["exception"]
    assert second["exception"].endswith("OSError: refused: [hidden]")
    assert "webhooks/1/[hidden]" in second["message"]
    assert [json.loads(line) for line in capsys.readouterr().err.splitlines()] == [first, second]


def test_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = logged(tmp_path, "text")
    assert SECRET not in text
    assert "OSError: refused: [hidden]" in text
    error = capsys.readouterr().err
    assert "Traceback" not in error
    assert SECRET not in error
