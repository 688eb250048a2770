"""Files and folders are written whole or not at all."""

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from trainer.runtime.atomic import new_file, new_folder, remove_partial, write_file


def entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_file(path, b"one")
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert entries(path.parent) == {"file"}


def test_a_file_that_could_not_be_written_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_file(path, b"one")
    with pytest.raises(TypeError), new_file(path) as file:
        file.write("not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"one"
    assert entries(tmp_path) == {"file"}


def test_a_folder_that_could_not_be_filled_is_absent(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), new_folder(tmp_path / "run") as folder:
        (folder / "missing" / "file").write_bytes(b"x")
    assert entries(tmp_path) == set()


def test_a_disk_that_refuses_to_flush_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flush = os.fsync

    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    with new_folder(tmp_path / "run") as folder:
        (folder / "file").write_bytes(b"x")
    assert entries(tmp_path) == {"run"}
    assert (tmp_path / "run" / "file").read_bytes() == b"x"


def test_a_disk_that_refuses_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with new_folder(tmp_path / "run") as folder:
        (folder / "file").write_bytes(b"x")
        remove_partial(tmp_path)  # whether it is in use cannot be known
        assert folder.exists()
    assert entries(tmp_path) == {"run"}


def test_only_what_nobody_writes_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".old.partial-1234").mkdir()
    with new_folder(tmp_path / "run"):
        remove_partial(tmp_path)
        assert len(entries(tmp_path)) == 2  # the folder in use and its lock
    assert entries(tmp_path) == {"run"}
