"""A run exists whole or not at all."""

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from trainer.errors import RunError
from trainer.events import EpochEnded
from trainer.runs.folder import (
    RUN_ID,
    Run,
    find_run,
    find_run_by_id,
    list_runs,
    new_run_folder,
    new_run_id,
    open_run,
    pack_run,
    remove_partial_run,
    remove_partial_runs,
    unpack_run,
    write_history,
    write_record,
)


def make_run(folder: Path, run_id: str, created: str = "2026-11-24T10:15:00+00:00") -> Path:
    with new_run_folder(folder / run_id) as partial:
        metrics = {"test_accuracy": 0.8812, "test_loss": 0.3401}
        record = {"schema": 1, "id": run_id, "created": created, "dataset": {"name": "practice"}, "metrics": metrics}
        write_record(partial / "run.json", record)
        write_history(partial / "history.csv", [EpochEnded(1, 1, 0.5, 0.82, 0.4, 0.84, 1.5)])
        (partial / "plots").mkdir()
        (partial / "plots" / "curves.en.png").write_bytes(b"png")
    return folder / run_id


def test_what_was_saved_is_read(tmp_path: Path) -> None:
    run = open_run(make_run(tmp_path / "runs", "a"))
    assert (run.id, run.dataset, run.test_accuracy, run.test_loss) == ("a", "practice", 0.8812, 0.3401)
    assert run.history == [EpochEnded(1, 1, 0.5, 0.82, 0.4, 0.84, 1.5)]


def test_ids_are_names_and_sort_by_time() -> None:
    ids = {new_run_id() for _ in range(50)}
    assert len(ids) > 45
    assert all(RUN_ID.fullmatch(one) for one in ids)


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with new_run_folder(tmp_path / "runs" / "a") as partial:
            (partial / "model.keras").write_bytes(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        fail()
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_disk_that_takes_no_more(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no limit on the size of a file")
    import resource

    packed = pack_run(make_run(tmp_path, "a"))
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, unlimited[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            unpack_run(packed, tmp_path / "runs" / "a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert list((tmp_path / "runs").iterdir()) == []


def test_killed_in_the_middle_of_saving(tmp_path: Path) -> None:
    """kill -9: no run is there, the same name can be saved again, and what is left is cleared away at the next start.

    As long as the process lives nobody else touches what it is writing.
    """
    saving = """
import sys, time
from pathlib import Path
from trainer.runs.folder import new_run_folder
with new_run_folder(Path(sys.argv[1])) as partial:
    (partial / "run.json").write_text("half")
    print("saving", flush=True)
    time.sleep(60)
"""
    runs = tmp_path / "runs"
    command = [sys.executable, "-c", saving, str(runs / "a")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "saving\n"
        remove_partial_runs(tmp_path)
        assert len(list(runs.glob(".a.partial-*/run.json"))) == 1
        process.kill()
    assert list_runs(tmp_path) == []
    assert not (runs / "a").exists()
    make_run(runs, "a")
    assert [run.id for run in list_runs(tmp_path)] == ["a"]
    (runs / ".b.partial-5678.lock").touch()  # killed just before it made its folder
    remove_partial_runs(tmp_path)
    assert [path.name for path in runs.iterdir()] == ["a"]


def test_a_process_that_ends_at_once_clears_its_own_away(tmp_path: Path) -> None:
    partial = new_run_folder(tmp_path / "a")
    partial.__enter__()
    remove_partial_run(tmp_path / "b")
    assert len(list(tmp_path.iterdir())) == 2  # the folder and its lock
    remove_partial_run(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = make_run(tmp_path, "a")
    with pytest.raises(RunError, match="not empty"):
        make_run(tmp_path, "a")
    assert open_run(path).id == "a"


def test_leftovers_of_killed_processes_are_no_runs(tmp_path: Path) -> None:
    make_run(tmp_path / "runs", "a")
    leftover = tmp_path / "runs" / ".b.partial-1234"
    leftover.mkdir()
    (leftover / "run.json").write_text("{}")
    assert [run.id for run in list_runs(tmp_path)] == ["a"]
    remove_partial_runs(tmp_path)
    assert not leftover.exists()
    assert [run.id for run in list_runs(tmp_path)] == ["a"]


def test_the_latest_is_first_and_broken_ones_are_passed_over(tmp_path: Path) -> None:
    make_run(tmp_path / "runs", "z-old", "2026-11-01T00:00:00+00:00")
    make_run(tmp_path / "runs", "a-new", "2026-11-24T00:00:00+00:00")
    (make_run(tmp_path / "runs", "broken") / "run.json").write_text("{")
    assert [run.id for run in list_runs(tmp_path)] == ["a-new", "z-old"]
    assert find_run(tmp_path).id == "a-new"
    assert find_run(tmp_path, "z-old").id == "z-old"
    assert find_run(tmp_path, str(tmp_path / "runs" / "z-old")).id == "z-old"


@pytest.mark.parametrize("name", ["none", "../a", "a/../a", "", "A", "a" * 99, "."])
def test_only_an_id_names_a_run_in_a_chat(tmp_path: Path, name: str) -> None:
    make_run(tmp_path / "runs", "a")
    with pytest.raises(RunError):
        find_run_by_id(tmp_path, name)


def test_no_run_yet(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="train one first"):
        find_run(tmp_path)


def test_a_newer_schema_is_said(tmp_path: Path) -> None:
    path = make_run(tmp_path, "a")
    record = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps({**record, "schema": 99}))
    with pytest.raises(RunError, match="newer version"):
        open_run(path)


def test_a_run_travels_as_bytes(tmp_path: Path) -> None:
    path = make_run(tmp_path, "a")
    run: Run = unpack_run(pack_run(path), tmp_path / "other" / "a")
    assert (run.path / "plots" / "curves.en.png").read_bytes() == b"png"
    assert run.record == open_run(path).record


@pytest.mark.parametrize("name", ["../outside", "/outside"])
def test_packed_names_stay_inside(tmp_path: Path, name: str) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(RunError):
        unpack_run(stream.getvalue(), tmp_path / "inside" / "a")
    assert list((tmp_path / "inside").iterdir()) == []


def test_a_number_that_is_none_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nan"):
        write_record(tmp_path / "run.json", {"loss": float("nan")})
