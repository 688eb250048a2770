"""What containers are like: no home, no entry for the user, a read-only root, no /dev/shm, few processes.

Made with a mount namespace of Linux, as root; the program itself runs as another user.
"""

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.line import LineError
from bot.terminal.session import NamedFile
from tests.programs import Done, environment
from trainer.errors import SettingsError
from trainer.settings import TrainerSettings, read_settings

# It may read everything, like this process, so that Python itself may lie in a home.
AS_USER = "setpriv --clear-groups --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search"
READ_ONLY = 'mount --make-rprivate / && mount --bind "$TUTOR_HOME" "$TUTOR_HOME" && mount -o remount,bind,ro /'
TEMPORARY = "for m in /tmp /var/tmp; do if mountpoint -q $m; then mount -o remount,bind,ro $m || exit; fi; done"


def contained(home: Path, *command: str, before: str = "true", lines: str = "") -> Done:
    """Run Python with these arguments as a user without a name, home or other process.

    before: shell commands in the mount namespace.
    """
    user = 20_000 + secrets.randbelow(30_000)
    shutil.chown(home, user, user)
    program = f"{before} && exec {AS_USER} --reuid {user} --regid {user} -- env -u HOME -u TMPDIR "
    settings = environment(home, PYTHONPATH=str(Path.cwd()))
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", f'{program} "$0" "$@"', sys.executable, *command], env=settings, input=lines,
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, practice_home: Path) -> Path:
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("needs root on Linux, and setpriv")
    home = tmp_path / "home"
    shutil.copytree(practice_home / "datasets", home / "datasets")
    if (done := contained(home, "--version", before=READ_ONLY)).returncode:
        pytest.skip(f"no mount namespace here: {done.stderr}")
    return home


@pytest.mark.slow
def test_nothing_but_the_home_folder_can_be_written(home: Path, tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parents[2] / ".github" / "learning-curve.png", tmp_path / "a.png")
    done = contained(
        home, "-m", "bot", "chat", before=f"{READ_ONLY} && {TEMPORARY}",
        lines=f"/train epochs:1 seed:1\n/predict image:{tmp_path}/a.png\n/explain step:train\n",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "Test accuracy: 0." in done.stdout
    assert "Classified by run" in done.stdout
    assert {path.stem.split("-")[0] for path in (home / "pictures").iterdir()} == {"curves", "seen", "train"}
    assert (home / "tmp").is_dir()  # instead of /tmp


@pytest.mark.parametrize("options", ["size=4k,mode=1777", "ro"])
def test_no_room_for_semaphores(home: Path, options: str) -> None:
    done = contained(home, "-m", "bot", "chat", before=f"mount -t tmpfs -o {options} tmpfs /dev/shm", lines="/help\n")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "--shm-size" in done.stderr


@pytest.mark.parametrize(
    ("program", "processes"), [("bot", 2), ("bot", 5), ("bot", 60), ("trainer", 2), ("trainer", 20)]
)
def test_few_processes(home: Path, program: str, processes: int) -> None:
    done = contained(home, "-m", program, before=f"prlimit --pid $$ --nproc={processes}", lines="/help\n")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert "--pids-limit" in done.stderr


def test_the_home_of_an_unknown_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUTOR_HOME", "~no-such-user/data")
    with pytest.raises(SettingsError, match="TUTOR_HOME"):
        read_settings(TrainerSettings)
    file = NamedFile("~no-such-user/shoe.png")
    assert not file.is_file()
    with pytest.raises(LineError, match="No such file"):
        file._read()
