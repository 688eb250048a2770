"""The page over real HTTP on loopback, in front of a classroom whose engine and pictures are fakes."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.classroom import Classroom
from bot.settings import Settings
from bot.store import Store
from bot.web.main import serving

if TYPE_CHECKING:
    from tests.bot.conftest import FakeEngine, FakePictures

_ARTICLE = re.compile(r'<article id="a(-?\d+)" data-command="([\w-]+)" data-state="(\w+)".*?</article>', re.DOTALL)


class Browser:
    """A browser without a screen: cookies, forms, redirections."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base, self.session = base, session
        self.status = 0

    async def get(self, path: str, **headers: str) -> str:
        async with self.session.get(self.base + path, headers=_names(headers)) as response:
            self.status, self.address = response.status, str(response.url)
            self.headers = response.headers
            return await response.text(errors="replace")

    async def post(self, path: str, data: object = None, **headers: str) -> str:
        async with self.session.post(self.base + path, data=data, headers=_names(headers)) as response:
            self.status, self.address = response.status, str(response.url)
            return await response.text(errors="replace")

    async def line(self, text: str) -> str:
        """What the page answers to a line that is typed in the field."""
        return await self.post("/line", {"line": text}, X_Live="1")

    async def articles(self) -> list[tuple[str, str, str]]:
        """Command, state and HTML of every article on the page."""
        return [(match[2], match[3], match[0]) for match in _ARTICLE.finditer(await self.get("/"))]


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


class Page:
    """A served page: `teacher` is in, `join(name)` lets a learner in."""

    def __init__(self, address: str) -> None:
        self.address = address
        parts = urlsplit(address)
        self.base = f"{parts.scheme}://{parts.netloc}"
        self.sessions: list[aiohttp.ClientSession] = []
        self.join_path = ""

    def browser(self) -> Browser:
        """A browser that nobody knows."""
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address, not of a name
        self.sessions.append(aiohttp.ClientSession(cookie_jar=jar))
        return Browser(self.base, self.sessions[-1])

    async def teacher(self) -> Browser:
        browser = self.browser()
        html = await browser.get(self.address.removeprefix(self.base))
        assert browser.status == 200
        found = re.search(r'href="[^"]*(/join\?code=\w+)"', html)
        assert found
        self.join_path = found[1]
        return browser

    async def join(self, name: str, language: str = "en") -> Browser:
        if not self.join_path:
            await self.teacher()
        browser = self.browser()
        await browser.post("/join", {"code": self.join_path.partition("=")[2], "name": name}, Accept_Language=language)
        assert browser.status == 200
        return browser

    async def close(self) -> None:
        for session in self.sessions:
            await session.close()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings(tutor_home=tmp_path / "home", tutor_dataset="practice", tutor_lang="en", tutor_web="127.0.0.1:0")


Open = Callable[[], "AsyncIterator[Page]"]


@asynccontextmanager
async def opened_page(
    settings: Settings, engine: "FakeEngine", pictures: "FakePictures", capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Page]:
    """The page of a classroom on this home; closing it is the end of the program."""
    async with Store(settings.database) as store:
        classroom = Classroom(settings, store, engine, pictures)  # type: ignore[arg-type]
        capsys.readouterr()
        async with serving(settings, classroom, store):
            address = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("http://"))
            page = Page(address)
            await classroom.recover(messages=False)
            yield page
            await classroom.close()
        await page.close()


@pytest.fixture
async def page(
    settings: Settings, engine: "FakeEngine", pictures: "FakePictures", capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Page]:
    async with opened_page(settings, engine, pictures, capsys) as opened:
        yield opened
