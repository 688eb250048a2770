"""The sheet of the course: complete in both languages, nothing empty, cut or untranslated; one file or a refusal."""

import asyncio
import errno
import os
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from shutil import copytree
from unittest.mock import patch

import psutil
import pytest

from bot.errors import SheetError
from bot.glossary import glossary
from bot.lessons import lesson
from bot.markdown import inline, markdown
from bot.questions import bank
from bot.questions.run_facts import facts_from
from bot.questions.template import Number, OneOfFour, Order
from bot.settings import Settings
from bot.sheet import run as sheet_run
from bot.sheet.content import Item, edition
from bot.sheet.main import render
from tests.bot.questions.made import USUAL
from tests.programs import call, environment
from tests.programs import run as run_program
from trainer import STEPS
from trainer.language import LANGUAGES, Language
from trainer.runs.folder import Run

HAN = re.compile(r"[\u4e00-\u9fff]")
VOID = {"meta", "img", "br", "hr"}
each_language = pytest.mark.parametrize("language", LANGUAGES)


class Page(HTMLParser):
    """The tags of a page, and the text outside of code by the language of its part."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []  # tag, language
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.texts: dict[str, list[str]] = {language: [] for language in LANGUAGES}
        self.empty: list[str] = []
        self._filled: list[bool] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [name] if (name := given.get("id")) else []
        self.addresses += [value for name in ("src", "href", "srcset", "action") if (value := given.get(name))]
        if tag == "img":
            self.images.append(given)
            self._filled[:] = [True] * len(self._filled)
        if tag not in VOID:
            language = given.get("lang") or (self.open[-1][1] if self.open else "")
            self.open.append((tag, language))
            self._filled.append(False)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop()[0] == tag, self.getpos()
        if not self._filled.pop() and "pre" not in {tag for tag, _ in self.open}:  # colours of blanks
            self.empty.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._filled[:] = [True] * len(self._filled)
            inside = {tag for tag, _ in self.open}
            if not inside & {"style", "title", "code", "pre"}:
                self.texts[self.open[-1][1]].append(data)


@pytest.fixture(scope="module")
def usual() -> str:
    """The page for a run that decides every question."""
    facts = facts_from(USUAL.record, USUAL.history)
    pictures = {step: f"picture of {step}".encode() for step in STEPS}
    run = Run(Path("run"), {"id": "20261124-101500-abcd", **USUAL.record})
    return render([edition(language, pictures, facts) for language in LANGUAGES], run, trained=False)


@pytest.fixture(scope="module")
def written(practice_run: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page that the program writes where a run is."""
    home, file = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("out") / "course.html"
    copytree(practice_run.path, home / "runs" / practice_run.path.name)
    done = call("bot", home, "sheet", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert str(file) in done.stdout
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    return file.read_text(encoding="utf-8")


def items(language: Language) -> Iterator[Item]:
    facts = facts_from(USUAL.record, USUAL.history)
    for part in edition(language, dict.fromkeys(STEPS, b""), facts).parts:
        yield from part.questions


def test_every_lesson_question_and_term_is_there_once_in_each_language(usual: str) -> None:
    ids = Page(usual).ids
    assert len(ids) == len(set(ids))
    for language in LANGUAGES:
        wanted = [*STEPS, *bank().questions, "glossary", *(f"term-{term.id}" for term in glossary(language))]
        assert {f"{language}-{name}" for name in wanted} <= set(ids)


@each_language
def test_no_text_is_cut(usual: str, language: Language) -> None:
    for step in STEPS:
        assert markdown(lesson(step, language).text) in usual
    for term in glossary(language):
        assert markdown(term.text) in usual
    for known in bank().misconceptions.values():
        for words in (known.belief, known.cure, known.passage):
            assert inline(words.texts[language]) in usual
    for item in items(language):
        assert markdown(item.ask) in usual
        assert all(inline(text) in usual for text in (item.why, *(line.text for line in item.lines)))


def test_the_page_is_well_formed_has_no_empty_element_and_no_other_host(usual: str) -> None:
    page = Page(usual)
    assert page.empty == []
    targets = {address.removeprefix("#") for address in page.addresses if address.startswith("#")}
    assert targets <= set(page.ids)
    assert {address.split(":")[0] for address in page.addresses if not address.startswith("#")} == {"data"}
    assert re.findall(r"url\(|@import|https?://(?!localhost)", re.sub(r"<code>.*?</code>", "", usual)) == []


def test_each_part_is_in_its_own_language(usual: str) -> None:
    texts = Page(usual).texts
    assert [text for text in texts["en"] if HAN.search(text)] == []
    assert [text for part in texts.values() for text in part if re.search(r"\{\w*\}", text)] == []
    for item in items("zh-CN"):
        cures = [line.cure for line in item.lines if line.cure]
        for cure in (*cures, *([item.otherwise] if item.otherwise else [])):
            assert all(HAN.search(text) for text in (cure.belief, cure.cure, cure.title)), item.id
        assert HAN.search(item.ask), item.id
        assert HAN.search(item.why) or item.needs_run, item.id


@each_language
def test_every_wrong_answer_has_its_cure_and_exactly_the_right_ones_are_marked(language: Language) -> None:
    for item in items(language):
        template = bank().questions[item.id].template
        right = [line for line in item.lines if line.right]
        wrong = [line for line in item.lines if not line.right]
        assert item.decided, item.id
        assert all(line.cure for line in wrong)
        assert len({line.text for line in item.lines}) == len(item.lines), item.id
        if isinstance(template, OneOfFour):
            assert [line.text for line in right] == [
                template.right.filled(language, facts_from(USUAL.record, USUAL.history))
            ]
            assert len(wrong) >= 3
            assert item.spare == (len(wrong) > 3)
        elif isinstance(template, Number):
            assert item.answer
            assert item.otherwise
            assert not right
        elif isinstance(template, Order):
            assert len(right) == len(template.items)
            assert item.otherwise
        else:
            assert len(right) == len(template.right)
            assert all(line.cure for line in right)


def test_the_pairs_are_named(usual: str) -> None:
    places = {item.id: item.place for item in items("en") if item.place}
    assert places == {pair.before: "before" for pair in bank().pairs} | {pair.after: "after" for pair in bank().pairs}
    assert usual.count("before the course") == usual.count("学习之前") == len(bank().pairs)


@each_language
def test_what_a_run_does_not_decide_is_said_and_left_open(language: Language) -> None:
    facts = {
        name: fact for name, fact in facts_from(USUAL.record, []).items() if name not in ("best", "worst", "steps")
    }
    parts = edition(language, dict.fromkeys(STEPS, b""), facts).parts
    found = {item.id: item for part in parts for item in part.questions}
    assert not found["your-worst-class"].decided
    assert not found["steps-of-your-epoch"].decided
    assert found["steps-of-your-epoch"].answer == "…"
    assert found["your-gap"].decided
    assert all(line.cure for item in found.values() for line in item.lines if not line.right)
    run = Run(Path("run"), {"id": "20261124-101500-abcd", **USUAL.record})
    page = render([edition(one, dict.fromkeys(STEPS, b""), facts) for one in LANGUAGES], run, trained=True)
    assert Page(page).empty == []
    assert {"en": "does not decide the question", "zh-CN": "不能决定这道题"}[language] in page


@pytest.mark.slow
def test_the_program_writes_it_with_the_newest_run_and_a_picture_for_every_lesson(written: str) -> None:
    page = Page(written)
    assert len(page.images) == len(STEPS) * len(LANGUAGES)
    for image in page.images:
        assert image["alt"]
        assert (image["src"] or "").startswith("data:image/png;base64,iVBORw0KGgo")
        assert len(image["src"] or "") > 5000
    assert page.empty == []
    for language, said in {"en": "newest run", "zh-CN": "最新的训练记录"}.items():
        assert any(said in text for text in page.texts[language])
        assert {f"{language}-{name}" for name in bank().questions} <= set(page.ids)
    assert written.count("20261124-101500-abcd") == len(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "There is no folder"), ("zh-CN", "没有文件夹")], ids=["en", "zh-CN"]
)
def test_a_missing_folder_is_refused_in_a_sentence(tmp_path: Path, language: str, said: str) -> None:
    done = call("bot", tmp_path, "sheet", str(tmp_path / "none" / "course.html"), TUTOR_LANG=language)
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "none").exists()


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    done = call("bot", tmp_path, "sheet", str(tmp_path))
    assert done.returncode == 2
    assert "is a folder" in done.stderr


def test_without_a_file_the_usage_is_a_sentence(tmp_path: Path) -> None:
    done = call("bot", tmp_path, "sheet")
    assert done.returncode == 2
    assert "FILE.html" in done.stderr


def test_a_folder_that_may_not_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    with patch("bot.sheet.main.os.access", return_value=False):  # root may write everywhere
        done = call("bot", tmp_path, "sheet", str(tmp_path / "course.html"))
    assert done.returncode == 2
    assert "Permission denied" in done.stderr
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_full_disk_leaves_the_sheet_of_before(saved: Callable[..., Path], tmp_path: Path) -> None:
    file = tmp_path / "course.html"
    file.write_text("before", encoding="utf-8")
    saved(tmp_path / "runs", "20261124-101530-abcd")
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    drawn = {language: dict.fromkeys(STEPS, b"") for language in LANGUAGES}
    with patch("bot.sheet.main._draw", return_value=drawn), patch("trainer.runtime.atomic.os.fsync", side_effect=full):
        done = call("bot", tmp_path, "sheet", str(file))
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert file.read_text(encoding="utf-8") == "before"
    assert [path.name for path in tmp_path.glob("*.html*")] == [file.name]
    assert list(tmp_path.glob(".course*")) == []


def settings_of(home: Path) -> Settings:
    return Settings(_env_file=None, tutor_home=home, tutor_dataset="practice")  # pyright: ignore[reportCallIssue]


async def test_a_training_that_fails_is_a_sentence_with_its_reason(tmp_path: Path) -> None:
    wrong = environment(tmp_path) | {"PYTHONPATH": str(Path.cwd()), "LOG_LEVEL": "LOUD"}
    with patch.object(sheet_run, "environment", return_value=wrong), pytest.raises(SheetError) as error:
        async with sheet_run.run_for_sheet(settings_of(tmp_path)):
            pytest.fail("there is no run")
    assert "LOG_LEVEL" in error.value.sentence("en")
    assert "LOG_LEVEL" in error.value.sentence("zh-CN")


async def test_a_training_that_is_stopped_leaves_no_process(tmp_path: Path) -> None:
    async def train() -> None:
        async with sheet_run.run_for_sheet(settings_of(tmp_path)):
            pytest.fail("it was stopped")

    before = {child.pid for child in psutil.Process().children()}
    work = asyncio.create_task(train())
    async with asyncio.timeout(60):
        while not (started := [one for one in psutil.Process().children() if one.pid not in before]):
            await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert [one for one in started if one.is_running()] == []


@pytest.mark.slow
def test_without_a_run_one_is_trained_for_the_sheet(tmp_path: Path) -> None:
    done = run_program("bot", tmp_path, "sheet", "course.html")
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "course.html").read_text(encoding="utf-8")
    assert "was trained for this sheet" in page
    assert "为这份总览训练了一个网络" in page
    assert "epochs: 4" in page
    assert len(Page(page).images) == len(STEPS) * len(LANGUAGES)
    assert list((tmp_path / "runs").iterdir()) == []
