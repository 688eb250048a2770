"""Compiled training loops are kept whole or not at all, and read only where they belong."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from trainer.runtime.xla import is_kept, prepare_xla, recording

WIDE = "--xla_cpu_prefer_vector_width=512"
LOOP = "from trainer.runtime.warm_up import compile_default, import_pipeline; import_pipeline(); compile_default()"


@pytest.fixture(autouse=True)
def _no_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XLA_FLAGS", "TF_XLA_FLAGS"):
        monkeypatch.setenv(name, "")  # so that it is put back as it was
        monkeypatch.delenv(name)


def keep(home: Path, content: bytes) -> Path:
    """Record a file as TensorFlow would, and keep it: the folder it is kept in."""
    with recording(home) as keep_recorded:
        recorded = Path(os.environ.pop("TF_XLA_FLAGS").split('"')[1])
        (recorded / "one.pb").write_bytes(content)
        keep_recorded()
    assert not recorded.exists()
    (folder,) = (home / "xla").iterdir()
    return folder


def test_what_was_recorded_is_kept(tmp_path: Path) -> None:
    assert not is_kept(tmp_path)
    folder = keep(tmp_path, b"machine code")
    assert is_kept(tmp_path)
    assert (folder / "one.pb").read_bytes() == b"machine code"
    prepare_xla(tmp_path)
    assert f'"{folder}"' in os.environ["TF_XLA_FLAGS"]
    assert os.environ["TF_XLA_FLAGS"].endswith("read_only")


@pytest.mark.parametrize("damage", [b"machine cod", b"Machine code", b"", None])
def test_what_is_damaged_is_removed(tmp_path: Path, damage: bytes | None) -> None:
    folder = keep(tmp_path, b"machine code")
    if damage is None:
        (folder / "one.pb").unlink()
    else:
        (folder / "one.pb").write_bytes(damage)
    assert not is_kept(tmp_path)
    assert not folder.exists()


def test_what_is_damaged_is_never_read(tmp_path: Path) -> None:
    folder = keep(tmp_path, b"machine code")
    (folder / "one.pb").write_bytes(b"Machine code")
    prepare_xla(tmp_path)  # as a worker does that was not warmed up
    assert f'"{folder}"' in os.environ["TF_XLA_FLAGS"]
    assert not folder.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", '{"one.pb": 1}', '{"two.pb": "00"}'])
def test_a_damaged_list_of_digests(tmp_path: Path, text: str) -> None:
    (keep(tmp_path, b"machine code") / "sha256.json").write_text(text)
    assert not is_kept(tmp_path)


def test_other_flags_are_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path, b"machine code")
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_prefer_vector_width=256")
    assert not is_kept(tmp_path)


def test_what_the_user_has_set_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "")
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_auto_jit=0")
    assert is_kept(tmp_path)  # there is nothing to be done
    prepare_xla(tmp_path)
    assert (os.environ["XLA_FLAGS"], os.environ["TF_XLA_FLAGS"]) == ("", "--tf_xla_auto_jit=0")


def test_where_nothing_can_be_kept_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "xla").write_text("in the way")
    with recording(tmp_path) as keep_recorded:
        del os.environ["TF_XLA_FLAGS"]
        keep_recorded()
    assert not is_kept(tmp_path)


def test_nothing_is_left_of_work_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def fail() -> None:
        with recording(tmp_path):
            assert len(list(tmp_path.iterdir())) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_the_next_process_compiles_nothing(tmp_path: Path) -> None:
    """In a folder with a difficult name, by TensorFlow itself: what it has not found it would write beside it."""
    home = tmp_path / 'a "home" of 王\\芳'
    command = [sys.executable, "-m", "trainer.runtime.warm_up", str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.wait(120) == 0
    assert is_kept(home)
    (folder,) = (home / "xla").iterdir()
    digests = json.loads((folder / "sha256.json").read_text())
    assert len(digests) == 1

    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    prepare_xla(home)
    flags = os.environ["TF_XLA_FLAGS"].split('"')
    writing = {**os.environ, "TF_XLA_FLAGS": f'{flags[0]}"{copy}" --tf_xla_persistent_cache_device_types=CPU'}
    subprocess.run([sys.executable, "-c", LOOP], env=writing, check=True, timeout=120)
    assert {path.name for path in copy.iterdir()} == {"sha256.json", *digests}
    for path in copy.iterdir():
        path.unlink()
    subprocess.run([sys.executable, "-c", LOOP], env=writing, check=True, timeout=120)
    assert {path.name for path in copy.iterdir()} == set(digests)  # so it would have


def test_a_training_keeps_what_a_worker_needs(real_data: Path, tmp_path: Path) -> None:
    """The command line and a worker's warm-up compile the same program, under the same name."""
    environment = {**os.environ, "TUTOR_HOME": str(tmp_path), "FASHION_MNIST_DIR": str(real_data)}
    command = [sys.executable, "-m", "trainer", "--epochs", "1"]
    for options in (["--batch-size", "64"], []):
        assert not list(tmp_path.glob("xla/*"))  # another batch size is another program, and not kept
        subprocess.run([*command, *options], env=environment, capture_output=True, check=True, timeout=120)
    (entry,) = tmp_path.glob("xla/*/*.pb")
    copy = tmp_path / "copy"
    writing = {**os.environ, "XLA_FLAGS": WIDE, "TF_XLA_FLAGS": f"--tf_xla_persistent_cache_directory={copy}"}
    subprocess.run([sys.executable, "-c", LOOP], env=writing, check=True, timeout=120)
    assert [path.name for path in copy.iterdir()] == [entry.name]


def test_who_compiles_for_others_ends_with_them(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trainer.runtime.warm_up", str(tmp_path / "home")]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        deadline = time.monotonic() + 60
        while not list(temporary.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.stdin.close()
        assert process.wait(30) == 1
    assert list(temporary.iterdir()) == []
    assert not is_kept(tmp_path / "home")
