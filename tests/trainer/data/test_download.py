"""Downloads from a local mirror: truncated, swapped, slow and missing files, and two processes at once."""

import hashlib
import http.server
import logging
import multiprocessing
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from trainer.data import download
from trainer.data.download import fetch_fashion_mnist
from trainer.errors import DatasetError

CONTENT = {"one.gz": b"first file" * 5000, "two.gz": b"second file" * 7000}
FILES = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}


class Mirror(http.server.BaseHTTPRequestHandler):
    """/good/, /truncated/, /swapped/ and /slow/ are four mirrors in one."""

    asked: list[str] = []  # noqa: RUF012 a test has one server

    def do_GET(self) -> None:
        _, kind, name = self.path.split("/")
        Mirror.asked.append(self.path)
        content = CONTENT[name]
        if kind == "missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if kind == "truncated":
            content = content[: len(content) // 2]
        elif kind == "swapped":
            content = content[::-1]
        elif kind == "slow":
            time.sleep(3)
        try:
            self.wfile.write(content)
        except OSError:  # the client closed the connection after its time limit
            return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the name that http.server has
        return


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(download, "_failed", {})
    Mirror.asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def check(folder: Path) -> None:
    assert {path.name: path.read_bytes() for path in folder.glob("*.gz")} == CONTENT
    assert not list(folder.glob(".*.partial-*"))


def test_all_files_arrive(tmp_path: Path, mirror: str) -> None:
    assert fetch_fashion_mnist(tmp_path / "new", FILES, mirrors=[f"{mirror}/good/"]) == tmp_path / "new"
    check(tmp_path / "new")


@pytest.mark.parametrize("first", ["truncated", "swapped", "missing", "slow"])
def test_the_second_mirror_is_used_if_the_first_fails(tmp_path: Path, mirror: str, first: str, caplog: object) -> None:
    mirrors = [f"{mirror}/{first}/", f"{mirror}/good/"]
    fetch_fashion_mnist(tmp_path, FILES, mirrors=mirrors, timeout_s=0.5)
    check(tmp_path)


def test_nothing_bad_is_kept_and_the_file_is_named(
    tmp_path: Path, mirror: str, caplog: pytest.LogCaptureFixture
) -> None:
    mirrors = [f"{mirror}/truncated/", f"{mirror}/swapped/", "http://127.0.0.1:9/"]
    with pytest.raises(DatasetError) as caught:
        fetch_fashion_mnist(tmp_path, FILES, mirrors=mirrors, timeout_s=1)
    assert "one.gz" in str(caught.value)
    assert all(mirror in str(caught.value) for mirror in mirrors)  # all in one sentence; nothing is logged as a warning
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [path.name for path in tmp_path.iterdir()] == [".download.lock"]


def test_starting_again_downloads_the_missing_files(tmp_path: Path, mirror: str) -> None:
    (tmp_path / "one.gz").write_bytes(CONTENT["one.gz"])
    (tmp_path / ".two.gz.partial-1234").write_bytes(b"left by a killed process")
    fetch_fashion_mnist(tmp_path, FILES, mirrors=[f"{mirror}/good/"])
    check(tmp_path)
    assert Mirror.asked == ["/good/two.gz"]


def test_without_network_only_the_first_training_waits(tmp_path: Path, mirror: str) -> None:
    for _ in range(3):
        with pytest.raises(DatasetError):
            fetch_fashion_mnist(tmp_path, FILES, mirrors=[f"{mirror}/missing/"])
    assert Mirror.asked == ["/missing/one.gz"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, mirror: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DatasetError) as caught:
        fetch_fashion_mnist(tmp_path / "file", FILES, mirrors=[f"{mirror}/good/"])
    assert "file" in str(caught.value)


def test_two_processes_at_once(tmp_path: Path, mirror: str) -> None:
    context = multiprocessing.get_context("spawn")
    arguments = (tmp_path, FILES)
    processes = [
        context.Process(target=fetch_fashion_mnist, args=arguments, kwargs={"mirrors": [f"{mirror}/good/"]})
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(20)
    assert [process.exitcode for process in processes] == [0, 0]
    check(tmp_path)
    assert sorted(Mirror.asked) == ["/good/one.gz", "/good/two.gz"]  # the second found them there
