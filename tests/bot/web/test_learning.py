"""The course on the page: fields for questions, buttons that do a step, the list of steps."""

import re
from typing import TYPE_CHECKING

from bot.settings import Settings
from bot.store import CourseStore, Store

if TYPE_CHECKING:
    from tests.bot.web.conftest import Page

ACTION = re.compile(r'<input type="hidden" name="article" value="(\d+)">.*?name="press" value="(type:\d+)"', re.DOTALL)


def fields(html: str) -> dict[str, str]:
    """What the form of a question sends besides the answer."""
    found = ACTION.search(html[html.index('class="asks"') :])
    assert found, html
    return {"article": found[1], "press": found[2]}


async def test_a_question_has_radio_buttons_and_is_judged(page: "Page") -> None:
    ada = await page.join("Ada")
    asked = await ada.line("/learn")
    assert asked.count('type="radio"') == 4
    assert asked.count("<legend>") == 1
    assert "answer:" not in asked, "fields stand instead of the buttons for letters"
    judged = await ada.post("/press", fields(asked) | {"given": "B"}, X_Live="1")
    assert re.search("Right|Not right", judged)
    again = await ada.post("/press", fields(asked) | {"given": "B"}, X_Live="1")
    assert "answered this question already" in again
    kept = [command for command, _, _ in await ada.articles()]
    assert kept == ["learn", "answer"]
    assert (await ada.get("/")).count('type="radio"') == 4, "a reload keeps the question"


async def test_nobody_answers_the_question_of_somebody_else(page: "Page", settings: Settings) -> None:
    ada, mei = await page.join("Ada"), await page.join("Mei", "zh-CN")
    asked = await ada.line("/learn")
    assert "答案" in await mei.post("/press", fields(asked) | {"given": "B"}, X_Live="1") or mei.status >= 400
    async with Store(settings.database) as store:
        row = await CourseStore(store).asked(int(fields(asked)["press"].split(":")[1]))
        assert row is not None
        assert row.answered_at is None


async def test_an_answer_without_a_choice(page: "Page") -> None:
    ada = await page.join("Ada")
    asked = await ada.line("/learn")
    assert "A, B, C, D" in await ada.post("/press", fields(asked), X_Live="1")
    assert ada.status == 400


async def test_the_guess_begins_a_training(page: "Page", engine: object) -> None:
    ada = await page.join("Ada")
    offered = await ada.line("/do step:train")
    number = re.search(r'name="article" value="(\d+)"', offered)
    assert number
    form = {"article": number[1], "press": "guess:"}
    assert "0.88" in await ada.post("/press", form | {"given": "much"}, X_Live="1")
    training = await ada.post("/press", form | {"given": "88 %"}, X_Live="1")
    assert 'data-command="guess"' in training
    assert 'data-state="queued"' in training


async def test_a_read_and_done_step_is_marked(page: "Page") -> None:
    ada = await page.join("Ada")
    await ada.line("/explain step:summary")
    assert (await ada.get("/")).count("✓") == 1
    await ada.line("/do step:summary")
    html = await ada.get("/")
    assert html.count("✔</span>") == 1


async def test_forgetting_on_the_page(page: "Page") -> None:
    ada = await page.join("Ada")
    await ada.line("/learn")
    assert "for good" in await ada.line("/forget-me")
    done = await ada.line("/forget-me sure:yes")
    assert "is deleted" in done
    assert [command for command, _, _ in await ada.articles()] == ["forget-me"]
