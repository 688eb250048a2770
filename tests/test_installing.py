"""The README's commands on a machine whose Python refuses `pip install`, as Debian, Ubuntu and Raspberry Pi OS do."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
MARKER = "[externally-managed]\nError=Use a virtual environment.\n"


@pytest.fixture
def managed(tmp_path: Path) -> Path:
    """A folder `bin` with a `python3` and a `pip` of a Python that is marked as externally managed."""
    base = Path(sys.base_prefix)
    if (Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED").exists():
        if shutil.which("pip", path=base / "bin") is None:
            pytest.skip("the Python that runs the tests has no pip")
        return base / "bin"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    library = tmp_path / "usr" / "lib" / version
    library.mkdir(parents=True)
    for entry in (base / "lib" / version).iterdir():
        (library / entry.name).symlink_to(entry)
    for entry in (base / "lib").glob("libpython*"):
        (library.parent / entry.name).symlink_to(entry)
    (library / "EXTERNALLY-MANAGED").write_text(MARKER, encoding="utf-8")
    bin_folder = tmp_path / "usr" / "bin"
    bin_folder.mkdir()
    python = bin_folder / "python3"
    shutil.copy2(Path(sys.executable).resolve(), python)
    pip = bin_folder / "pip"
    pip.write_text(f'#!/bin/sh\nexec "{python}" -m pip "$@"\n', encoding="utf-8")
    pip.chmod(0o755)
    return bin_folder


def _wheel_of_uv(folder: Path) -> None:
    """A stand-in for uv, so that no network is needed: it says what it was asked to do."""
    info = "uv-1.0.dist-info"
    with zipfile.ZipFile(folder / "uv-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("uv_stand_in.py", "import sys\ndef main():\n    print('uv', *sys.argv[1:])\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: uv\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\nuv = uv_stand_in:main\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.mark.slow  # makes a virtual environment with pip
@pytest.mark.skipif(os.name == "nt", reason="the command is for Unix")
def test_where_pip_is_refused_the_next_command_works(tmp_path: Path, managed: Path) -> None:
    commands = re.findall(r"[^`\n]*pip install uv && [^`\n]*uv run python -m bot", README.read_text("utf-8"))
    assert len(commands) == 2
    _wheel_of_uv(tmp_path)
    environment = {
        "HOME": str(tmp_path / "home"), "PATH": f"{managed}:/usr/bin:/bin", "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": os.devnull,
    }  # fmt: skip
    first, second = (
        subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, env=environment, check=False)
        for command in commands
    )
    assert first.returncode != 0
    assert "externally-managed-environment" in first.stderr
    assert second.returncode == 0, second.stderr
    assert second.stdout.splitlines()[-1] == "uv run python -m bot"
