"""`/metrics` for the teacher's key, read by Prometheus' own parser."""

import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from tests.bot.web.conftest import Page


@pytest.fixture(autouse=True)
def _without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.entering.PAUSE_S", 0.01)


def key_of(page: "Page") -> str:
    return parse_qs(urlsplit(page.address).query)["key"][0]


async def test_for_the_key(page: "Page") -> None:
    browser = page.browser()
    await (await page.teacher()).line("/train epochs:1")
    text = await browser.get("/metrics", Authorization=f"Bearer {key_of(page)}")
    assert browser.status == 200
    assert browser.headers["Content-Type"].startswith("text/plain; version=")
    figures = {one.name: one.samples[0].value for one in text_string_to_metric_families(text)}
    assert figures["tutor_trainings_waiting"] == 1
    assert figures["tutor_workers"] == 2
    assert figures["tutor_workers_memory_bytes"] == 612_000_000
    assert figures["tutor_database_up"] == 1
    assert figures["tutor_disk_free_bytes"] > 0
    assert "tutor_discord_latency_seconds" not in figures
    assert await browser.get(f"/metrics?key={key_of(page)}")
    assert browser.status == 200
    assert not list(browser.session.cookie_jar)  # it lets nobody into the classroom


async def test_for_nobody_else(page: "Page") -> None:
    learner = await page.join("Mei")
    for browser in (page.browser(), learner, await page.teacher()):
        for path, status in (("/metrics", 401), ("/metrics?key=", 401), ("/metrics?key=wrong", 403)):
            text = await browser.get(path)
            assert (browser.status, "tutor_" in text) == (status, False)
    browser = page.browser()
    for _ in range(10):
        await browser.get("/metrics", Authorization="Bearer wrong")
    assert browser.status == 429
    await browser.get("/metrics", Authorization=f"Bearer {key_of(page)}")
    assert browser.status == 429


def test_the_library_is_imported_when_it_is_asked_for() -> None:
    script = "import sys, bot.web.main; assert 'prometheus_client' not in sys.modules"
    # discord.py and Dask may be there; Dask itself imports the library where it serves its own figures.
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
