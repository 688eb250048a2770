"""How the page is opened: alone, beside the prompt of a terminal, beside Discord."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from shutil import copytree
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import psutil
import pytest

from tests.loopback import BotProcess, LoopbackDiscord
from tests.loopback.classroom import train_long, wait_running
from tests.loopback.process import loaded_by
from tests.programs import environment, run

IDLE_MIB = 160


def web_process(home: Path, **settings: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "web"], env=environment(home, **{"TUTOR_WEB": "127.0.0.1:0", **settings}),
        cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def address_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("http://"):
            return line.strip()
    raise AssertionError("no address was printed")


def entered(address: str) -> tuple[OpenerDirector, str, str]:
    """A browser that is in, the page's base address, and the page."""
    browser = build_opener(HTTPCookieProcessor())
    base = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    return browser, base, browser.open(address, timeout=10).read().decode()


def ask(browser: OpenerDirector, base: str, line: str) -> str:
    return browser.open(f"{base}/line", urlencode({"line": line}).encode(), timeout=10).read().decode()


def wait_for(browser: OpenerDirector, base: str, words: str, timeout_s: float = 60) -> str:
    deadline = time.monotonic() + timeout_s
    while words not in (html := browser.open(base, timeout=10).read().decode()):
        assert time.monotonic() < deadline, html[-3000:]
        time.sleep(0.2)
    return html


def test_the_page_alone(practice_home: Path) -> None:
    with web_process(practice_home) as process:
        address = address_of(process)
        began = time.monotonic()
        browser, base, html = entered(address)
        assert time.monotonic() - began < 1
        assert "hreflang" in html
        assert browser.open(f"{base}/healthz").status == 200
        deadline = time.monotonic() + 30
        while len(psutil.Process(process.pid).children(recursive=True)) < 3:  # workers and picture processes
            assert time.monotonic() < deadline
            time.sleep(0.2)
        for library in ("tensorflow", "matplotlib", "cv2"):
            assert library not in loaded_by(process.pid)
        assert psutil.Process(process.pid).memory_info().rss < IDLE_MIB * 2**20
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr is not None
        said = process.stderr.read()
        assert "Traceback" not in said
        assert address.partition("key=")[2] not in said
    assert psutil.wait_procs(children, timeout=5)[1] == []


def test_a_taken_port_and_a_room(practice_home: Path) -> None:
    with web_process(practice_home) as first:
        port = urlsplit(address_of(first)).port
        with web_process(practice_home, TUTOR_WEB=f"0.0.0.0:{port}") as second:
            assert second.stdout is not None
            said = [second.stdout.readline().strip() for _ in range(4)]
            assert said[0] == f"Port {port} is taken, so the page uses the next free one."
            assert "not encrypted" in said[1]
            assert said[3].startswith("http://127.0.0.1:")
            join = re.search(r'href="(http://[\d.]+:\d+/join\?code=\w+)"', entered(said[3])[2])
            assert join
            assert build_opener().open(join[1], timeout=10).status == 200
            second.terminate()
            assert second.wait(10) == 0
        first.terminate()
        assert first.wait(10) == 0


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("off", "TUTOR_WEB=off"),
        ("8477", "TUTOR_WEB"),
        ("localhost:99999", "TUTOR_WEB"),
        ("192.0.2.1:8477", "192.0.2.1"),
    ],
)
def test_a_setting_that_cannot_be(practice_home: Path, setting: str, words: str) -> None:
    done = run("bot", practice_home, "web", TUTOR_WEB=setting)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_nothing_is_served_beside_a_pipe(practice_home: Path) -> None:
    assert "http://127" not in run("bot", practice_home, lines="/help\n").stdout


@pytest.mark.slow
def test_beside_the_prompt(practice_home: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no pseudo-terminal")
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        settings = {
            **environment(practice_home),
            "TERM": "xterm",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "TUTOR_WEB": "127.0.0.1:0",
        }
        os.execve(sys.executable, [sys.executable, "-m", "bot"], settings)  # noqa: S606 the child of a fork
    seen = ""

    def read_until(words: str) -> None:
        nonlocal seen
        deadline = time.monotonic() + 40
        while words not in seen:
            assert time.monotonic() < deadline, seen[-2000:]
            if select.select([terminal], [], [], 0.1)[0]:
                seen += os.read(terminal, 65536).decode(errors="replace")

    read_until("/help")
    address = next(line.strip() for line in seen.splitlines() if line.startswith("http://"))
    browser, base, _ = entered(address)
    ask(browser, base, "/train epochs:1 seed:1")
    wait_for(browser, base, "Test accuracy:")
    os.write(terminal, b"/accuracy\r")  # the teacher is the learner of the terminal
    read_until("Test accuracy:")
    os.write(terminal, b"/quit\r")
    read_until("See you!")
    assert psutil.Process(pid).wait(15) in (0, None)


@pytest.mark.slow
def test_beside_discord_with_one_queue(practice_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    copytree(practice_home / "datasets", home / "datasets")
    with LoopbackDiscord() as server, BotProcess(server, tmp_path, home, TUTOR_WEB="127.0.0.1:0") as bot:
        bot.wait_for_commands()
        address = next(line for line in bot.stdout.read_text("utf-8").splitlines() if line.startswith("http://"))
        browser, base, _ = entered(address)
        server.new_class()
        wait_running(server, train_long(server, server.person("Mei")))
        html = ask(browser, base, "/train epochs:1 seed:1")
        assert 'data-state="queued"' in html
        wait_for(browser, base, "place 1 in the queue")
        with pytest.raises(HTTPError) as caught:
            build_opener().open(base, timeout=10)
        assert caught.value.code == 401
        assert address.partition("key=")[2] not in bot.stderr.read_text("utf-8")
