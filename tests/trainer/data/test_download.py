"""Downloads from a mirror on this machine that is slow, breaks off, changes, lies; and two processes at once."""

import errno
import hashlib
import logging
import multiprocessing
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.loopback.proxy import LoopbackProxy, ProxyKind
from tests.loopback.tls import CERTIFICATE, tls_of_server
from tests.trainer.data.mirror import DROP_AFTER, Mirror
from trainer.data import download
from trainer.data.download import fetch_fashion_mnist
from trainer.data.part import Part
from trainer.errors import DatasetError, TrainingCancelled
from trainer.events import Downloading, Event
from trainer.proxy import parse_proxy

CONTENT = {"one.gz": bytes(range(256)) * 400, "two.gz": b"second file" * 7000}
FILES = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}
ONE = {"one.gz": FILES["one.gz"]}


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setattr(download, "_failed", {})
    monkeypatch.setattr(download, "PAUSE_S", 0.0)
    with Mirror(CONTENT) as mirror:
        yield mirror


def fetch(folder: Path, server: Mirror, /, *kinds: str, files: dict[str, str] = FILES, **options: Any) -> None:
    mirrors = [f"{server.url}/{kind}/" for kind in kinds]
    fetch_fashion_mnist(folder, files, mirrors=mirrors, **{"timeout_s": 5.0, **options})


def check(folder: Path, files: dict[str, str] = FILES) -> None:
    left = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".download.lock"}
    assert left == {name: CONTENT[name] for name in files}


def test_all_files_arrive(tmp_path: Path, mirror: Mirror) -> None:
    fetch(tmp_path / "new", mirror, "good")
    check(tmp_path / "new")
    assert mirror.ranges == [(None, None)] * 2


@pytest.mark.parametrize("first", ["truncated", "swapped", "missing", "broken", "page", "silent"])
def test_the_second_mirror_is_used_if_the_first_fails(tmp_path: Path, mirror: Mirror, first: str) -> None:
    fetch(tmp_path, mirror, first, "good", timeout_s=0.5 if first == "silent" else 5.0)
    check(tmp_path)


def test_a_mirror_of_ones_own_comes_first(tmp_path: Path, mirror: Mirror) -> None:
    fetch(tmp_path, mirror, "missing", mirror=f"{mirror.url}/good/")
    check(tmp_path)
    assert mirror.asked == ["/good/one.gz", "/good/two.gz"]


def test_a_slow_line_has_no_limit_but_for_silence(tmp_path: Path, mirror: Mirror) -> None:
    events: list[Event] = []
    fetch(tmp_path, mirror, "slow", files=ONE, timeout_s=1.0, on_event=events.append)  # it takes 2 s
    check(tmp_path, ONE)
    size = len(CONTENT["one.gz"])
    assert events[-1] == Downloading("one.gz", size, size)
    arrived = [event.done_bytes for event in events if isinstance(event, Downloading)]
    assert arrived == sorted(set(arrived))
    assert len(arrived) >= 3


def test_a_line_that_drops_is_resumed_as_long_as_there_is_progress(tmp_path: Path, mirror: Mirror) -> None:
    fetch(tmp_path, mirror, "drops", files=ONE)
    check(tmp_path, ONE)
    begins = range(DROP_AFTER, len(CONTENT["one.gz"]), DROP_AFTER)
    assert mirror.ranges == [(None, None), *((f"bytes={begin}-", '"right"') for begin in begins)]


def test_a_later_start_goes_on_from_another_mirror(tmp_path: Path, mirror: Mirror) -> None:
    with pytest.raises(DatasetError):
        fetch(tmp_path, mirror, "drops-norange", files=ONE)
    assert Part(tmp_path / "one.gz").size == DROP_AFTER
    assert not (tmp_path / "one.gz").exists()
    fetch(tmp_path, mirror, "missing", "good", files=ONE)  # at once: something had arrived
    check(tmp_path, ONE)
    assert mirror.ranges[-1] == (f"bytes={DROP_AFTER}-", None)  # the ETag was another server's


@pytest.mark.parametrize("how", ["norange", "416", "shifted", "changes", "mixes"])
def test_a_part_that_cannot_be_used_is_begun_again(tmp_path: Path, mirror: Mirror, how: str) -> None:
    fetch(tmp_path, mirror, f"once-{how}", files=ONE)
    check(tmp_path, ONE)
    assert mirror.ranges[1][0] == f"bytes={DROP_AFTER}-"


def test_a_login_page_does_not_cost_the_part(tmp_path: Path, mirror: Mirror) -> None:
    with pytest.raises(DatasetError, match="HTML page"):
        fetch(tmp_path, mirror, "drops-norange", "page", files=ONE)
    fetch(tmp_path, mirror, "good", files=ONE)
    assert mirror.ranges[-1][0] == f"bytes={DROP_AFTER}-"
    check(tmp_path, ONE)


@pytest.mark.parametrize("harm", ["longer", "wrong", "whole", "origin"])
def test_whatever_an_earlier_process_left(tmp_path: Path, mirror: Mirror, harm: str) -> None:
    part, right = tmp_path / ".one.gz.partial", CONTENT["one.gz"]
    part.write_bytes({"longer": right + b"x", "wrong": b"wrong", "whole": right, "origin": right[:100]}[harm])
    if harm == "origin":
        Path(f"{part}.json").write_text("[not JSON")
    fetch(tmp_path, mirror, "good", files=ONE)
    check(tmp_path, ONE)


def test_nothing_bad_is_kept_and_the_file_is_named(
    tmp_path: Path, mirror: Mirror, caplog: pytest.LogCaptureFixture
) -> None:
    mirrors = [f"{mirror.url}/missing/", f"{mirror.url}/swapped/", "http://127.0.0.1:9/"]
    with pytest.raises(DatasetError) as caught:
        fetch_fashion_mnist(tmp_path, FILES, mirrors=mirrors, timeout_s=1)
    assert "one.gz" in str(caught.value)
    assert all(mirror in str(caught.value) for mirror in mirrors)  # all in one sentence; nothing is logged as a warning
    assert "checksum" in str(caught.value)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [path.name for path in tmp_path.iterdir()] == [".download.lock"]


def test_starting_again_downloads_the_missing_files(tmp_path: Path, mirror: Mirror) -> None:
    (tmp_path / "one.gz").write_bytes(CONTENT["one.gz"])
    (tmp_path / ".two.gz.partial-1234").write_bytes(b"left by an older version")
    fetch(tmp_path, mirror, "good")
    check(tmp_path)
    assert mirror.asked == ["/good/two.gz"]


def test_without_network_only_the_first_training_waits(tmp_path: Path, mirror: Mirror) -> None:
    for _ in range(3):
        with pytest.raises(DatasetError):
            fetch(tmp_path, mirror, "missing")
    assert mirror.asked == ["/missing/one.gz"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, mirror: Mirror) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DatasetError, match="file"):
        fetch(tmp_path / "file", mirror, "good")


def test_a_full_disk_is_said(tmp_path: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Part, "begin", full)
    with pytest.raises(DatasetError, match="No space left on device"):
        fetch(tmp_path, mirror, "good", "good")
    assert len(mirror.asked) == 1  # another mirror would not help


@pytest.mark.parametrize("kind", ["silent", "slow"])
def test_a_cancel_ends_it_soon(tmp_path: Path, mirror: Mirror, kind: str) -> None:
    arrived, ended = threading.Event(), threading.Event()

    def run() -> None:
        with pytest.raises(TrainingCancelled):
            fetch(tmp_path, mirror, kind, timeout_s=60, on_event=lambda _: arrived.set(), should_stop=arrived.is_set)
        ended.set()

    threading.Thread(target=run, daemon=True).start()
    assert ended.wait(10)
    assert Part(tmp_path / "one.gz").size > 0
    fetch(tmp_path, mirror, "good")
    check(tmp_path)


def test_two_processes_at_once(tmp_path: Path, mirror: Mirror) -> None:
    context = multiprocessing.get_context("spawn")
    arguments = (tmp_path, FILES)
    processes = [
        context.Process(target=fetch_fashion_mnist, args=arguments, kwargs={"mirrors": [f"{mirror.url}/good/"]})
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(20)
    assert [process.exitcode for process in processes] == [0, 0]
    check(tmp_path)
    assert sorted(mirror.asked) == ["/good/one.gz", "/good/two.gz"]  # the second found them there


def test_a_cancel_while_another_process_downloads(tmp_path: Path, mirror: Mirror) -> None:
    with download.FileLock(tmp_path / ".download.lock"), pytest.raises(TrainingCancelled):
        fetch(tmp_path, mirror, "good", should_stop=lambda: True)
    assert mirror.asked == []


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("kind", ["http", "https", "socks5"])
def test_through_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mirror: Mirror, kind: ProxyKind, scheme: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    if scheme == "https":
        mirror.socket = tls_of_server().wrap_socket(mirror.socket, server_side=True)
    with LoopbackProxy(kind, user="mei", password="ge heim") as server:
        server.hosts["mirror.test"] = mirror.server_port
        proxy = parse_proxy("TUTOR_PROXY", f"{kind}://mei:ge%20heim@127.0.0.1:{server.port}")
        fetch(tmp_path, mirror, mirror=f"{scheme}://mirror.test/drops/", proxy_for=lambda _: proxy)
        check(tmp_path)
        assert set(server.targets) == {f"mirror.test:{443 if scheme == 'https' else 80}"}
        assert server.refused == 0


@pytest.mark.parametrize("kind", ["http", "socks5"])
@pytest.mark.parametrize(
    ("trouble", "words"),
    [("password", "password"), ("silent", "does not answer"), ("gone", "Connection refused"), ("name", "mirror.test")],
)
def test_it_is_the_proxy(tmp_path: Path, mirror: Mirror, kind: ProxyKind, trouble: str, words: str) -> None:
    with LoopbackProxy(kind, user="mei", password="right", silent=trouble == "silent") as server:
        password = "wrong-secret" if trouble == "password" else "right"
        port = server.port if trouble != "gone" else 9
        proxy = parse_proxy("ALL_PROXY", f"{kind}://mei:{password}@127.0.0.1:{port}")
        with pytest.raises(DatasetError) as caught:
            fetch(tmp_path, mirror, mirror="http://mirror.test/good/", proxy_for=lambda _: proxy, timeout_s=1.0)
    for language in ("en", "zh-CN"):
        sentence = caught.value.sentence(language)
        assert f"127.0.0.1:{port}" in sentence
        assert "ALL_PROXY" in sentence
        assert "secret" not in sentence
        assert "right" not in sentence
    assert words in caught.value.sentence("en")
