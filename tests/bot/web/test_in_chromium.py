"""The page in a real browser, served by `python -m bot web` with real trainings on the practice set."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.programs import environment
from trainer.runs.folder import Run

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
WAIT_MS = 60_000
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


class Server:
    """`python -m bot web` in a process of its own."""

    def __init__(self, home: Path, web: str = "127.0.0.1:0") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "web"], env=environment(home, TUTOR_WEB=web), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, cwd=home,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.address = ""
        while not self.address.startswith("http://"):
            line = self.process.stdout.readline()
            assert line, "the server has ended"
            self.address = line.strip()
        self.base = "{0.scheme}://{0.netloc}".format(urlsplit(self.address))

    @property
    def web(self) -> str:
        return urlsplit(self.base).netloc

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0
        self.close()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture(scope="module")
def server(practice_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("page") / "home"
    shutil.copytree(practice_home / "datasets", home / "datasets")
    opened = Server(home)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


class Watched:
    """What must not happen in a page: errors of the script, refused contents, requests to other hosts."""

    def __init__(self, page: Page, base: str) -> None:
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("request", lambda request: self._asked(request.url, base))

    def _said(self, kind: str, text: str) -> None:
        # A refused command and a server that is away are told to the person; Chromium logs them too.
        if kind == "error" and not re.search(r"status of [45]\d\d|ERR_|\(network|\(pending", text):
            self.problems.append(text)

    def _asked(self, address: str, base: str) -> None:
        if not address.startswith((f"{base}/", "data:", "blob:")):
            self.problems.append(address)


@contextmanager
def opened(chromium: Browser, server: Server, name: str = "", **options: object) -> Iterator[Page]:
    """A page for the teacher, or for a learner with a name; with what must not happen checked at the end."""
    context: BrowserContext = chromium.new_context(**{"locale": "en-US", **options})  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    watched = Watched(page, server.base)
    page.goto(server.address)
    if name:
        join = page.locator("a[href*=join]").get_attribute("href")
        context.clear_cookies()
        page.goto(join or "")
        page.get_by_label(re.compile("Your name|你的名字")).fill(name)
        page.get_by_role("button", name=re.compile("Join|加入")).click()
    expect(page.locator("#line")).to_be_visible()
    yield page
    context.close()
    assert watched.problems == []


def give(page: Page, line: str) -> None:
    page.fill("input[name=line]", line)
    page.press("input[name=line]", "Enter")


def last(page: Page, command: str, state: str = "finished"):  # type: ignore[no-untyped-def]
    """The newest article of a command, when it is in that state."""
    article = page.locator(f"article[data-command={command}]").last
    expect(article).to_have_attribute("data-state", state, timeout=WAIT_MS)
    return article


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["impact"], [node["target"] for node in one["nodes"]][:3]) for one in found] == []


def test_a_lesson_by_keyboard(chromium: Browser, server: Server) -> None:
    with opened(chromium, server, "Mei") as page:
        page.get_by_role("button", name="1.4 Build the model").focus()
        page.keyboard.press("Enter")
        article = last(page, "explain")
        expect(article).to_contain_text("Dense(128")
        picture = article.locator("img")
        expect(picture).to_have_attribute("alt", re.compile("Build the model"))
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
        page.locator("article button", has_text="Next").focus()
        page.keyboard.press("Enter")
        expect(article).to_contain_text("1.5 Compile the model")
        assert page.locator("article").count() == 1
        expect(page.get_by_role("button", name="1.5 Compile the model (read)")).to_be_visible()
        page.locator("a.picture").click()
        expect(page.locator("dialog img")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
        accessible(page)


@pytest.mark.slow
def test_a_training_is_seen_growing_and_its_result(chromium: Browser, server: Server) -> None:
    with opened(chromium, server, "Tom") as page:
        form = page.locator("form[action='/commands/train']")
        page.locator("summary", has_text="/train").click()
        form.get_by_label(re.compile("^epochs")).fill("30")
        form.get_by_label(re.compile("^seed")).fill("1")
        form.get_by_role("button").click()
        running = last(page, "train", "running")
        sizes = {len(running.locator("polyline.loss").get_attribute("points", timeout=WAIT_MS) or "")}
        progress = {float(running.locator("progress").get_attribute("value") or 0)}
        for _ in range(100):
            page.wait_for_timeout(100)
            if running.get_attribute("data-state") != "running" or len(sizes) > 3:
                break
            sizes.add(len(running.locator("polyline.loss").get_attribute("points") or ""))
            progress.add(float(running.locator("progress").get_attribute("value") or 0))
        assert len(sizes) > 3
        assert len(progress) > 3
        accessible(page)
        ended = last(page, "train")
        expect(ended).to_contain_text(re.compile(r"Test accuracy: 0\.\d{4}"))
        expect(ended.get_by_role("button", name="Cancel")).to_have_count(0)
        assert ended.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
        ended.locator("summary").click()
        assert ended.locator("tbody tr").count() == 30
        page.reload()
        expect(last(page, "train")).to_contain_text(re.compile(r"Test accuracy: 0\.\d{4}"))
        ended.get_by_role("button", name="Accuracy").click()
        expect(last(page, "accuracy")).to_contain_text("Test accuracy")
        accessible(page)


def test_reloading_and_cancelling_in_mid_training(chromium: Browser, server: Server) -> None:
    with opened(chromium, server, "Ann") as page, opened(chromium, server, "Ben") as other:
        give(page, "/train epochs:50 batch_size:8")
        last(page, "train", "running")
        give(other, "/train epochs:1")
        last(other, "train", "queued")
        assert other.locator("article").count() == 1
        page.reload()
        running = last(page, "train", "running")
        value = running.locator("progress").get_attribute("value")
        expect(running.locator("progress")).not_to_have_attribute("value", value or "")
        running.get_by_role("button", name="Cancel").click()
        last(page, "train", "cancelled")
        last(other, "train")


def test_pictures_by_file_and_by_drop(chromium: Browser, server: Server, practice_run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(practice_run.path, home / "runs" / practice_run.path.name)
    picture = practice_run.path / "plots" / "predictions.en.png"
    if not picture.is_file():
        picture = next(iter(sorted((practice_run.path / "plots").glob("*.png"))))
    with_run = Server(home)
    try:
        with opened(chromium, with_run) as page:  # the teacher is the learner of the terminal, whose run this is
            page.set_input_files("input[name=image]", str(picture))
            first = last(page, "predict")
            expect(first).to_contain_text(re.compile(r"\d+\.\d %"))
            assert first.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
            first.get_by_role("button", name="Why").click()
            last(page, "why")
            page.evaluate(
                """async address => {
                    const data = new DataTransfer();
                    const bytes = await (await fetch(address)).blob();
                    data.items.add(new File([bytes], "dropped.png", {type: "image/png"}));
                    document.querySelector("main").dispatchEvent(
                        new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
                }""",
                first.locator("img").get_attribute("src"),
            )
            expect(page.locator("article[data-command=predict]")).to_have_count(2)
            expect(last(page, "predict")).to_contain_text("dropped.png")
            page.set_input_files("input[name=image]", {"name": "a.png", "mimeType": "image/png", "buffer": b"nothing"})
            expect(page.locator("#alert")).to_be_visible()
            assert page.locator("article").count() == 3
    finally:
        with_run.close()


@pytest.mark.slow
def test_the_program_restarts_in_mid_training(chromium: Browser, practice_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(practice_home / "datasets", home / "datasets")
    first = Server(home)
    with opened(chromium, first, "Mei") as page:
        give(page, "/train epochs:50 batch_size:8")
        last(page, "train", "running")
        first.stop()
        expect(page.locator("body")).to_have_class(re.compile("lost"))
        give(page, "/explain step:load")
        expect(page.locator("#alert")).to_contain_text("cannot be reached")
        assert page.input_value("input[name=line]") == "/explain step:load"
        second = Server(home, first.web)
        try:
            last(page, "train", "interrupted")
            expect(page.locator("body")).not_to_have_class(re.compile("lost"))
            page.press("input[name=line]", "Enter")
            last(page, "explain")
        finally:
            second.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_in_chinese(chromium: Browser, server: Server, scheme: str) -> None:
    with opened(
        chromium, server, "小美", locale="zh-CN", color_scheme=scheme, is_mobile=True, has_touch=True,
        viewport={"width": 360, "height": 740},
    ) as page:  # fmt: skip
        assert page.locator("html").get_attribute("lang") == "zh-CN"
        page.locator("summary", has_text="教程步骤").tap()
        page.get_by_role("button", name="1.6 训练模型").tap()
        last(page, "explain")
        give(page, "/train epochs:2 seed:1")
        expect(last(page, "train")).to_contain_text(re.compile(r"测试准确率：0\.\d{4}"))
        give(page, "/fly")
        expect(page.locator("#alert")).to_contain_text("没有 /fly 这个命令")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        accessible(page)
        page.get_by_role("link", name="English").tap()
        expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_board_and_large_letters(chromium: Browser, server: Server) -> None:
    with (
        opened(chromium, server, viewport={"width": 640, "height": 450}) as teacher,
        opened(chromium, server, "A learner with a name of 40 characters..") as learner,
    ):  # 200 % of 1280 x 900 pixels
        accessible(teacher)
        teacher.get_by_role("link", name="Board").click()
        accessible(teacher)
        assert teacher.evaluate("document.documentElement.scrollWidth") <= 640
        row = teacher.locator("#people tr", has_text="A learner with a name")
        expect(row).to_contain_text("(here)")
        give(learner, "/train epochs:50 batch_size:8")
        row.get_by_role("button", name="Cancel").click()
        last(learner, "train", "cancelled")
        row.get_by_role("button", name="Remove").click()
        expect(row).to_have_count(0)
        give(learner, "/help")
        expect(learner.get_by_role("heading", name="Join the class")).to_be_visible()
        accessible(learner)
        learner.close()
