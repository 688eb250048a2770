"""Who is let in, and what strangers, other pages and hostile requests get."""

import asyncio
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from yarl import URL

from bot.settings import Settings
from bot.web.guard import HEADERS

if TYPE_CHECKING:
    from tests.bot.web.conftest import Page


@pytest.fixture(autouse=True)
def _without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.entering.PAUSE_S", 0.01)


def database(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.glob("classroom.sqlite3*"))


async def test_the_key_lets_the_teacher_in_and_leaves_the_address(page: "Page") -> None:
    teacher = page.browser()
    html = await teacher.get(page.address.removeprefix(page.base))
    assert teacher.address == f"{page.base}/"
    assert '<html lang="en">' in html
    assert 'name="line"' in html
    assert 'name="image"' in html
    cookies = list(teacher.session.cookie_jar)
    assert len(cookies) == 1
    assert (cookies[0]["httponly"], cookies[0]["samesite"]) == (True, "Lax")


async def test_a_stranger_sees_only_the_way_in(page: "Page") -> None:
    stranger = page.browser()
    html = await stranger.get("/")
    assert stranger.status == 401
    assert "join address" in html
    assert 'name="line"' not in html
    for path, status in (("/events", 401), ("/board", 401), ("/pictures/1/0/x.png", 401), ("/nothing", 404)):
        await stranger.get(path)
        assert stranger.status == status, path
    await stranger.post("/line", {"line": "/train"})
    assert stranger.status == 401
    assert await stranger.get("/healthz") == "ok\n"


@pytest.mark.parametrize("key", ["", "wrong", "ключ", "x" * 5000])
async def test_a_wrong_key(page: "Page", key: str) -> None:
    stranger = page.browser()
    html = await stranger.get(f"/?key={key}")
    assert stranger.status == 403
    assert "This key is not valid" in html


async def test_learners_join_with_code_and_name(page: "Page") -> None:
    learner = await page.join("Mei <script>alert(1)</script>")
    html = await learner.get("/")
    assert "Mei &lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html
    assert "join?code" not in html  # the code is on the teacher's page only
    await learner.get("/join?code=whatever")
    assert learner.address == f"{page.base}/"  # who is in, is in


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        ("ABCD-EFGH", "Tom", "This join code is not valid"),
        ("", "Tom", "This join code is not valid"),
        (None, "", "Type the name"),
        (None, "   ", "Type the name"),
        (None, "x" * 41, "at most 40 characters"),
        (None, "To\u202em", "characters that cannot be seen"),
        (None, "To\0m", "characters that cannot be seen"),
    ],
)
async def test_who_cannot_join_keeps_what_they_typed(page: "Page", code: str | None, name: str, words: str) -> None:
    await page.teacher()
    given = page.join_path.partition("=")[2] if code is None else code
    stranger = page.browser()
    html = await stranger.post("/join", {"code": given, "name": name})
    assert stranger.status in (400, 403)
    assert words in html
    assert f'value="{given}"' in html
    assert len(list(stranger.session.cookie_jar)) == 0


async def test_a_code_works_in_any_spelling_until_it_is_renewed(page: "Page") -> None:
    teacher = await page.teacher()
    code = page.join_path.partition("=")[2]
    spelt = page.browser()
    await spelt.post("/join", {"code": f" {code[:4].lower()}-{code[4:].lower()} ", "name": "Tom"})
    assert spelt.status == 200
    await teacher.post("/board/code")
    late = page.browser()
    html = await late.post("/join", {"code": code, "name": "Ann"})
    assert late.status == 403
    assert "not any more" in html
    assert 'name="line"' in await spelt.get("/")  # who is in stays in


async def test_guessing_ends_soon(page: "Page") -> None:
    stranger = page.browser()
    codes = [await _tried(stranger, f"GUESS{number:03}") for number in range(12)]
    assert codes == [403] * 10 + [429] * 2


async def _tried(browser: object, code: str) -> int:
    await browser.post("/join", {"code": code, "name": "Eve"})  # type: ignore[attr-defined]
    return browser.status  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:80", "[::1", "", "127.0.0.1.nip.io"])
async def test_another_host_name_gets_nothing(page: "Page", host: str) -> None:
    port = int(page.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.split()[1] in ("421", "400")
    assert "ok" not in answer.splitlines()[-1].split()


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8477", "192.0.2.7:8477", "[::1]:8477", socket.gethostname()])
async def test_names_and_addresses_of_this_machine(page: "Page", host: str) -> None:
    browser = page.browser()
    assert await browser.get("/healthz", Host=host) == "ok\n"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"}, {"Origin": "http://127.0.0.1:1"},
    ],
)  # fmt: skip
async def test_a_form_of_another_page_does_nothing(page: "Page", headers: dict[str, str]) -> None:
    learner = await page.join("Mei")
    await learner.post("/line", {"line": "/explain"}, **headers)
    assert learner.status == 403
    assert await learner.articles() == []
    await learner.post("/line", {"line": "/explain"}, Origin=page.base)
    assert learner.status == 200
    assert len(await learner.articles()) == 1


async def test_headers_of_every_answer(page: "Page") -> None:
    learner = await page.join("Mei")
    for path in ("/", "/healthz", "/static/page.css", "/static/page.js", "/nothing", "/static/../main.py"):
        await learner.get(path)
        assert {name: learner.headers.get(name) for name in HEADERS} == HEADERS, path
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        async with learner.session.request(method, f"{page.base}/line") as response:
            assert response.status == 405
            assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_nothing_but_the_three_files_is_served(page: "Page") -> None:
    browser = page.browser()
    for path in ("/static/", "/static/../main.py", "/static/%2e%2e/main.py", "/static/..%2fmain.py", "/main.py"):
        async with browser.session.get(URL(page.base + path, encoded=True)) as response:
            assert response.status in (403, 404), path


async def test_pages_name_no_other_host_and_no_inline_script(page: "Page") -> None:
    teacher = await page.teacher()
    await teacher.line("/explain step:train")
    for path in ("/", "/board", "/join"):
        html = await teacher.get(path)
        for address in re.findall(r'(?:src|href|action)="([^"]*)"', html):
            assert address.startswith(("/", "#", page.base, "https://")), address
        for tag in re.findall(r"<(?:img|script|link)[^>]*>", html):
            assert "://" not in tag
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|style=", html)


async def test_secrets_are_in_no_log(page: "Page", settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    teacher = await page.teacher()
    key, code = page.address.partition("key=")[2], page.join_path.partition("=")[2]
    learner = await page.join("Mei")
    await learner.line("/nonsense")
    await page.browser().get(f"/?key={key}x")
    assert caplog.text != ""
    cookies = [cookie.value for browser in (teacher, learner) for cookie in browser.session.cookie_jar]
    for secret in (key, code, *cookies):
        assert secret not in caplog.text
    assert all(cookie.encode() not in database(settings.tutor_home) for cookie in cookies)


async def test_the_language(page: "Page") -> None:
    chinese = await page.join("小美", "zh-TW,zh;q=0.9,en;q=0.8")
    html = await chinese.get("/")
    assert '<html lang="zh-CN">' in html
    assert {'hreflang="en"', 'hreflang="zh-CN"'} <= set(re.findall(r'hreflang="[\w-]+"', html))
    assert "数据预处理" in html
    await chinese.get("/?lang=en")
    assert '<html lang="en">' in await chinese.get("/")
    await chinese.get("/?lang=fr")
    assert '<html lang="en">' in await chinese.get("/")
    stranger = page.browser()
    assert '<html lang="zh-CN">' in await stranger.get("/join?lang=zh-CN")
    assert '<html lang="en">' in await stranger.get("/join", Accept_Language="fr, de;q=0.5")


async def test_the_teacher_removes_a_learner(page: "Page") -> None:
    teacher, learner = await page.teacher(), await page.join("Mei")
    board = await teacher.get("/board")
    assert "Mei" in board
    assert "<svg" in board
    await learner.get("/board")
    assert learner.status == 403
    visitor = re.search(r'name="visitor" value="([\w-]+)"', board)
    assert visitor
    await learner.post("/board/remove", {"visitor": visitor[1]})
    assert learner.status == 403
    await teacher.post("/board/remove", {"visitor": visitor[1]})
    await teacher.post("/board/remove", {"visitor": "local"})  # not themselves
    await learner.get("/")
    assert learner.status == 401
    assert teacher.status == 200
    assert "Mei" not in await teacher.get("/board")


async def test_a_form_that_arrives_too_slowly(page: "Page", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.room.BODY_S", 0.1)
    port = int(page.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /join HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\ncode="
    )
    answer = (await asyncio.wait_for(reader.read(1000), 10)).decode()
    writer.close()
    assert answer.split()[1] == "408"
