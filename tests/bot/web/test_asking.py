"""Commands on the page: lines, forms, buttons; what is kept, and for whom."""

import asyncio
import io
import json
import re
from collections.abc import Callable
from itertools import pairwise
from shutil import copytree
from typing import TYPE_CHECKING

import aiohttp
import pytest
from PIL import Image

from bot.commands import COMMANDS
from bot.settings import Settings
from bot.store import Store
from bot.training import Queued, Started
from tests.bot.web.conftest import opened_page
from trainer.events import EpochEnded, PhaseStarted, Progress
from trainer.limits import PICTURE_BYTES
from trainer.runs.folder import Run

if TYPE_CHECKING:
    from tests.bot.conftest import FakeEngine, FakePictures
    from tests.bot.web.conftest import Browser, Page

PNG = b"\x89PNG\r\n\x1a\n"
NEXT = re.compile(r'name="article" value="(\d+)">\s*<button name="press" value="([^"]+)"')


def a_picture() -> bytes:
    file = io.BytesIO()
    Image.new("L", (28, 28), 128).save(file, "PNG")
    return file.getvalue()


def upload(data: bytes, name: str = "shoe.png", **fields: str) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    for field, value in fields.items():
        form.add_field(field, value)
    form.add_field("image", data, filename=name)
    return form


async def test_a_line_as_in_the_terminal(page: "Page") -> None:
    learner = await page.join("Mei")
    html = await learner.line("／explain step：build")
    assert (learner.status, 'data-command="explain"' in html) == (200, True)
    assert [(command, state) for command, state, _ in await learner.articles()] == [("explain", "finished")]
    plain = await learner.post("/line", {"line": "/explain step:load"})  # without the script: the whole page
    assert learner.address.startswith(f"{page.base}/")
    assert plain.count("<article") == 2
    assert plain.index("/explain step:build") < plain.index("/explain step:load")


async def test_lessons_are_read_with_code_in_colours_and_headings_in_order(page: "Page") -> None:
    learner = await page.join("Mei")
    html = await learner.line("/explain step:train")
    assert '<h2 class="asked">' in html
    assert "<h3>1.6 Train the model</h3>" in html
    assert re.search(r'<span class="k\w*">def</span>', html)
    levels = [int(level) for level in re.findall(r"<h(\d)", await learner.get("/"))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert "✓" in await learner.get("/")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "The line is empty"),
        ("   ", "The line is empty"),
        ("?!", "What do you want to know"),
        ("why " * 100, "at most 300 characters"),
        ("/trian", "Did you mean /train?"),
        ("/train epochs:many", "epochs cannot be"),
        ("/train epochs:51", "51"),
        ("/explain step:swim", "There is no step"),
        ("/predict image:/etc/passwd", "Which picture?"),
        ("/predict", "Which picture?"),
        ("/why", "/why is about the picture"),
        ("/accuracy run:20261124-101530-abcd", "There is no run"),
        ("/quit", "just close the page"),
        ("/train \0", "There is no recipe"),
        ("/" + "x" * 5000, "at most 5000"),
    ],
)
async def test_what_cannot_be_answered_is_one_sentence(page: "Page", line: str, words: str) -> None:
    learner = await page.join("Mei")
    sentence = await learner.line(line)
    assert learner.status == 400
    assert words in sentence
    assert "\n" not in sentence.strip()
    html = await learner.post("/line", {"line": line})
    assert learner.status == 400
    assert 'role="alert" id="alert">' in html
    assert await learner.articles() == []


async def test_a_line_without_a_slash_is_a_question(page: "Page") -> None:
    learner = await page.join("Mei")
    html = await learner.line("what's 1875/1875?")
    assert 'data-command="ask"' in html
    assert "These are batches, not images" in html
    assert html.index('value="explain:train"') < html.index('value="explain:', html.index('value="explain:train"') + 1)


async def test_what_was_typed_stays_in_the_field(page: "Page") -> None:
    learner = await page.join("Mei")
    html = await learner.post("/line", {"line": '/train epochs:"><script>'})
    assert 'value="/train epochs:&#34;&gt;&lt;script&gt;"' in html


async def test_every_command_has_a_form(page: "Page") -> None:
    learner = await page.join("小美", "zh-CN")
    html = (await learner.get("/")).partition('<section class="commands"')[2]
    for command in COMMANDS.values():
        if command.slash:
            form = re.search(rf'action="/commands/{command.name}".*?</form>', html, re.DOTALL)
            assert form
            for option in command.options:
                found = re.search(rf'<(?:input|select)[^>]* name="{option.name}" id="([\w-]+)"', form[0])
                assert found
                assert f'<label for="{found[1]}">' in html
    await learner.post("/commands/train", {"epochs": "2", "seed": "1", "recipe": "tutorial", "augment": "no"})
    articles = await learner.articles()
    assert ">/train epochs:2 seed:1<" in articles[0][2]
    for path, status in (("/commands/why", 404), ("/commands/cancel", 404), ("/commands/fly", 404)):
        await learner.post(path, {"target": "x", "run": "x"})
        assert learner.status == status
    await learner.post("/commands/train", {"epochs": "zwei"})
    assert learner.status == 400


async def test_a_training_from_the_queue_to_its_result(
    page: "Page", engine: "FakeEngine", packed: Callable[..., bytes]
) -> None:
    learner = await page.join("Mei")
    async with learner.session.get(f"{page.base}/events") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        html = await learner.line("/train epochs:3 seed:1")
        assert 'data-state="queued"' in html
        assert 'value="cancel:' in html
        job = engine.jobs[0]
        job.notify_position(Queued(2, own=1))
        await event_with(stream, "place 2")
        job.notify(Started())
        job.notify(PhaseStarted("train", "practice"))
        for epoch in (1, 2):
            job.notify(EpochEnded(epoch, 3, 0.5 / epoch, 0.8 + epoch / 100, 0.4, 0.7, 2.0 * epoch))
        job.notify(Progress(3, 3, 500, 1000, 0.2, 0.83, 5.0))
        running = await event_with(stream, "epoch 3/3")
        assert 'data-state="running"' in running["html"]
        assert 'aria-live="off"' in running["html"]
        assert '<progress max="1" value="0.833"' in running["html"]
        assert running["html"].count("<polyline") == 2
        assert "<td>2</td><td>0.2500</td><td>0.8200</td>" in running["html"]
        assert running["spoken"] == "epoch 2/3: loss 0.2500, accuracy 0.8200"
        assert "test" not in running["html"].casefold()
        job.end(packed(job.run_id))
        ended = await event_with(stream, "Test accuracy: 0.7400")
        assert 'data-state="finished"' in ended["html"]
        assert "cancel" not in ended["html"].casefold()
        assert "<img src=" in ended["html"]
    article = (await learner.articles())[0]
    assert article[:2] == ("train", "finished")
    path = re.search(r'<img src="([^"]+)" alt="([^"]+)"', article[2])
    assert path
    assert "Learning curves" in path[2]
    async with learner.session.get(page.base + path[1]) as picture:
        assert (picture.status, picture.content_type) == (200, "image/png")
        assert (await picture.read()).startswith(PNG)
        tag = picture.headers["ETag"]
    await learner.get(path[1], If_None_Match=tag)
    assert learner.status == 304
    assert job.run_id in await learner.get("/")  # in the list of runs, for the forms


async def event_with(stream: aiohttp.ClientResponse, words: str) -> dict[str, str]:
    """The next event of an article with these words."""
    async with asyncio.timeout(10):
        async for line in stream.content:
            if line.startswith(b"data: ") and words in (data := json.loads(line[6:])).get("html", ""):
                return data
    raise AssertionError("the stream has ended")


async def test_cancelling(page: "Page", engine: "FakeEngine") -> None:
    mei, tom, teacher = await page.join("Mei"), await page.join("Tom"), await page.teacher()
    html = await mei.line("/train")
    article, action = button(html)
    await tom.post("/press", {"article": article, "press": action}, X_Live="1")
    assert tom.status == 404
    assert not engine.jobs[0].cancelled
    await mei.post("/press", {"article": article, "press": action}, X_Live="1")
    assert mei.status == 204
    await until(mei, "cancelled")
    await mei.post("/press", {"article": article, "press": action}, X_Live="1")
    assert mei.status == 404

    await tom.line("/train")
    board = await teacher.get("/board")
    assert "Waiting" in board
    run = re.search(r'name="run" value="([\w-]+)"', board)
    assert run
    await mei.post("/board/cancel", {"run": run[1]})
    assert mei.status == 403
    await teacher.post("/board/cancel", {"run": run[1]})
    await until(tom, "cancelled")


async def until(browser: "Browser", state: str) -> None:
    """Wait until the browser's last article is in this state."""
    async with asyncio.timeout(10):
        while (await browser.articles())[-1][1] != state:
            await asyncio.sleep(0.05)


def button(html: str) -> tuple[str, str]:
    found = NEXT.search(html)
    assert found, html
    return found[1], found[2]


async def test_next_and_back_change_the_article_in_place(page: "Page") -> None:
    learner = await page.join("Mei")
    article, action = button(await learner.line("/explain step:intro"))
    assert action == "next:load"
    await learner.post("/press", {"article": article, "press": action}, X_Live="1")
    articles = await learner.articles()
    assert len(articles) == 1
    assert "1.2 Load the data set" in articles[0][2]
    await learner.post("/press", {"article": article, "press": "next:load"})  # it offers `explore` now
    assert learner.status == 404
    for press in ("", "fly:", "next:../etc", "cancel:x", "train:", "why:" + "0" * 16):
        await learner.post("/press", {"article": article, "press": press})
        assert learner.status == 404, press
    for wrong in ("", "0", "-1", "99999999999999999999", "x"):
        await learner.post("/press", {"article": wrong, "press": "next:explore"})
        assert learner.status == 404, wrong


@pytest.fixture
def run(settings: Settings, practice_run: Run) -> str:
    """A trained run of the terminal's learner."""
    copytree(practice_run.path, settings.tutor_home / "runs" / practice_run.path.name)
    return practice_run.path.name


async def test_pictures(page: "Page", run: str) -> None:
    learner = await page.join("Mei")
    offer = await learner.post("/commands/predict", upload(a_picture()), X_Live="1")
    assert "no trained network" in offer.casefold() or 'value="train:"' in offer
    teacher = await page.teacher()  # is the learner of the terminal, who owns the runs of `python -m trainer`
    html = await teacher.post("/commands/predict", upload(a_picture(), "<b>.png"), X_Live="1")
    assert teacher.status == 200, html
    assert ">/predict image:&lt;b&gt;.png<" in html
    assert html.count("%") >= 11
    assert 'value="why:' in html
    reasons = await teacher.line("/why")
    assert 'data-command="why"' in reasons
    assert teacher.status == 200
    await teacher.line("/without inverting")
    assert teacher.status == 400  # the fake picture was not inverted


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        (lambda: upload(b""), 400, "empty"),
        (lambda: upload(bytes(PICTURE_BYTES + 100_000)), 413, "10 MiB"),
        (lambda: {"image": "text"}, 400, "Which picture?"),
        (lambda: upload(a_picture(), ""), 400, "Which picture?"),
        (dict, 400, "Which picture?"),
    ],
)
async def test_pictures_that_cannot_be_read(
    page: "Page", run: str, form: Callable[[], object], status: int, words: str
) -> None:
    teacher = await page.teacher()
    sentence = await teacher.post("/commands/predict", form(), X_Live="1")
    assert (teacher.status, words in sentence) == (status, True), sentence


async def test_learners_do_not_see_each_other(page: "Page", engine: "FakeEngine", packed: Callable[..., bytes]) -> None:
    mei, tom = await page.join("Mei"), await page.join("Tom")
    await mei.line("/train seed:1")
    engine.jobs[0].end(packed(engine.jobs[0].run_id))
    await until(mei, "finished")
    picture = re.search(r'src="(/pictures/[^"]+)"', await mei.get("/"))
    assert picture
    assert await tom.articles() == []
    html = await tom.get("/")
    assert "Mei" not in html
    assert engine.jobs[0].run_id not in html
    await tom.get(picture[1])
    assert tom.status == 404
    await tom.line(f"/accuracy run:{engine.jobs[0].run_id}")
    assert tom.status == 400
    assert "Test accuracy" not in await tom.line("/accuracy")
    assert "Test accuracy: 0.7400" in await mei.line("/accuracy")


async def test_the_page_is_as_it_was_after_a_restart(
    settings: Settings, engine: "FakeEngine", pictures: "FakePictures", capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened_page(settings, engine, pictures, capsys) as page:
        learner = await page.join("Mei")
        await learner.line("/explain step:build")
        await learner.line("/train epochs:50 seed:1")
        engine.jobs[0].notify(Started())
        cookies, address = learner.session.cookie_jar, page.address
        before = await learner.articles()
    async with opened_page(settings, engine, pictures, capsys) as page:
        assert page.address.partition("key=")[2] == address.partition("key=")[2]
        again = page.browser()
        again.session.cookie_jar.update_cookies({cookie.key: cookie.value for cookie in cookies})
        after = await again.articles()
    assert [command for command, _, _ in before] == ["explain", "train"]
    assert [(command, state) for command, state, _ in after] == [("explain", "finished"), ("train", "interrupted")]
    assert after[0][2] == before[0][2]
    assert "cancel" not in after[1][2].casefold()


async def test_a_killed_program_leaves_no_running_training(
    settings: Settings, engine: "FakeEngine", pictures: "FakePictures", capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened_page(settings, engine, pictures, capsys) as page:
        learner = await page.join("Mei")
        await learner.line("/train")
        cookies = learner.session.cookie_jar
    async with Store(settings.database) as store, store._engine.begin() as connection:  # as after kill -9
        await connection.exec_driver_sql("UPDATE articles SET state = 'running'")
        await connection.exec_driver_sql("UPDATE runs SET status = 'running', reason = ''")
    async with opened_page(settings, engine, pictures, capsys) as page:
        again = page.browser()
        again.session.cookie_jar.update_cookies({cookie.key: cookie.value for cookie in cookies})
        assert [state for _, state, _ in await again.articles()] == ["interrupted"]


async def test_a_database_that_fails(page: "Page", monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    learner = await page.join("Mei")
    async with Store(settings.database) as store, store._engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE article_pictures")
        await connection.exec_driver_sql("DROP TABLE articles")
    html = await learner.line("/help")
    assert learner.status == 200
    assert "/train" in html
    assert "database" in html  # why it is not kept
    sentence = await learner.post("/press", {"article": "1", "press": "next:load"}, X_Live="1")
    assert learner.status == 503
    assert "database" in sentence


async def test_too_much_at_once_is_refused(page: "Page", monkeypatch: pytest.MonkeyPatch) -> None:
    mei, tom = await page.join("Mei"), await page.join("Tom")
    answers = []
    for _ in range(62):
        await mei.line("/nothing at all")
        answers.append(mei.status)
    assert answers == [400] * 60 + [429] * 2
    assert "wait a few seconds" in await mei.line("/help")
    await tom.line("/help")
    assert tom.status == 200


async def test_only_the_newest_articles_are_kept(page: "Page", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.conversations.MOST_ARTICLES", 3)
    learner = await page.join("Mei")
    for step in ("intro", "load", "explore", "build", "compile"):
        await learner.line(f"/explain step:{step}")
    assert [re.findall(r"step:(\w+)<", html)[0] for _, _, html in await learner.articles()] == [
        "explore", "build", "compile",
    ]  # fmt: skip


async def test_a_body_that_never_ends(page: "Page") -> None:
    learner = await page.join("Mei")

    async def endless():  # type: ignore[no-untyped-def]
        for _ in range(200):
            yield bytes(2**20)

    try:
        await learner.post("/line", endless(), Content_Type="application/x-www-form-urlencoded", X_Live="1")
        assert learner.status == 413
    except aiohttp.ClientError:  # the connection was closed before all was sent
        pass
    assert await page.browser().get("/healthz") == "ok\n"


async def test_the_teacher_limits_the_trainings_of_the_page(page: "Page", engine: "FakeEngine") -> None:
    teacher, learner = await page.teacher(), await page.join("Mei")
    form = {"epochs": "3", "recipes": "", "trainings": "", "quiet": "yes"}  # what is left at its first entry stays
    assert "not accepted for now" in await teacher.post("/commands/class-limits", form, X_Live="1")
    assert "set by the teacher of this page" in await learner.line("/train")
    assert "Only the teacher of this page" in await learner.post("/commands/class-limits", form, X_Live="1")
    changed = await teacher.post("/commands/class-limits", {"quiet": "no"}, X_Live="1")
    assert "new trainings: accepted" in changed
    assert "at most 3 · set by" in changed
    await learner.line("/train")
    assert [job.config.epochs for job in engine.jobs] == [3]
