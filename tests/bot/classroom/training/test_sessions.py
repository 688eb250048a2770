"""A session is locked as long as its process runs."""

import subprocess
import sys
from pathlib import Path

from bot.classroom.training.sessions import Session, claim, other_sessions

HOLD = """
import sys, pathlib
from bot.classroom.training.sessions import Session
session = Session(pathlib.Path(sys.argv[1]))
print(session.id, flush=True)
sys.stdin.read()
"""


def test_an_open_session_cannot_be_claimed_and_a_closed_one_can(tmp_path: Path) -> None:
    session = Session(tmp_path)
    with claim(tmp_path, session.id) as dead:
        assert not dead
    assert other_sessions(tmp_path, "another") == [session.id]
    assert other_sessions(tmp_path, session.id) == []
    session.close()
    with claim(tmp_path, session.id) as dead:
        assert dead
    assert other_sessions(tmp_path, "another") == []


def test_a_killed_process_frees_its_session(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    session = holder.stdout.readline().strip()
    try:
        with claim(tmp_path, session) as dead:
            assert not dead
    finally:
        holder.kill()
        holder.communicate()
    with claim(tmp_path, session) as dead:
        assert dead
        with claim(tmp_path, session) as twice:
            assert not twice  # only one of two starting processes settles its trainings
    assert other_sessions(tmp_path, "another") == []
