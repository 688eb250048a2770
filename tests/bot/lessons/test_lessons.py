"""The ten lessons in both languages: complete, short enough for a phone, and free of the usual mistakes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import bot.lessons
from bot.lessons import lesson
from bot.lessons.quote import LONGEST
from bot.line import parse
from trainer import STEPS
from trainer.language import LANGUAGES, Language, class_name
from trainer.recipes import configure
from trainer.steps.load import CLASS_NAMES

FOLDER = Path(bot.lessons.__file__).parent
LONGEST_TEXT = {"en": 2400, "zh-CN": 1800}  # characters, code included
HAN = re.compile(r"[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?](?!\w)|[\u4e00-\u9fff]\.(\s|$)|[\u4e00-\u9fff]\(|\)[\u4e00-\u9fff]")
COMMAND = re.compile(r"`(/[^`]+)`")

every_lesson = pytest.mark.parametrize(("step", "language"), [(s, language) for s in STEPS for language in LANGUAGES])


def prose(step: str, language: Language) -> str:
    """The lesson's text without the quoted code."""
    return re.sub(r"```python\n.*?\n```", "", lesson(step, language).text, flags=re.DOTALL)


def paragraphs(language: Language) -> list[str]:
    return [part for step in STEPS for part in prose(step, language).split("\n\n")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_has_a_lesson_and_every_lesson_a_step(language: Language) -> None:
    assert {path.name for path in (FOLDER / language).iterdir()} == {f"{step}.md" for step in STEPS}


@every_lesson
def test_a_lesson_fits_a_phone_and_a_message(step: str, language: Language) -> None:
    text = lesson(step, language).text
    assert 400 < len(text) <= LONGEST_TEXT[language]
    assert len(text.encode()) <= 9_000  # buttons' labels need some of the 10 000


@every_lesson
def test_the_quoted_code_is_short_and_the_same_in_both_languages(step: str, language: Language) -> None:
    quotes = lesson(step, language).quotes
    assert quotes
    assert sum(len(quote.code.splitlines()) for quote in quotes) <= LONGEST
    assert max(len(line) for quote in quotes for line in quote.code.splitlines()) <= 120
    assert quotes == lesson(step, "en").quotes


@every_lesson
def test_a_lesson_shows_its_code_with_the_file_it_stands_in(step: str, language: Language) -> None:
    one = lesson(step, language)
    assert "{{" not in one.text
    for quote in one.quotes:
        assert f"`{quote.source}`\n```python\n{quote.code}\n```" in one.text


@every_lesson
def test_the_title_comes_first_and_numbers_the_section(step: str, language: Language) -> None:
    one = lesson(step, language)
    assert one.text.startswith(f"# {one.title}\n")
    section = ("1.1", "1.2", "1.2+", "1.3", "1.4", "1.5", "1.6", "1.7", "1.7+", "")[[*STEPS].index(step)]
    assert one.title.startswith(f"{section} ".lstrip())
    assert len(one.title) <= 40


@every_lesson
def test_every_lesson_has_its_parts(step: str, language: Language) -> None:
    text = prose(step, language)
    parts = {
        "en": ("**In the picture.**", "> **Often misunderstood.**", "**Try it.**", "**Why"),
        "zh-CN": ("**看图。**", "> **常见误解。**", "**试一试。**", "**为什么"),
    }
    assert [part for part in parts[language] if part not in text] == []
    assert COMMAND.findall(text)


@every_lesson
def test_the_markdown_is_what_discord_and_rich_both_read(step: str, language: Language) -> None:
    text = re.sub(r"`[^`\n]+`", "", prose(step, language))
    tables_images_links_html_latex = r"^\s*\||!\[|\]\(|</?[a-z]+>|\$"
    discord_only = r"__|~~|\|\||^-# |^#{4}|^\s*[*+] "
    assert not re.search(f"{tables_images_links_html_latex}|{discord_only}", text, re.MULTILINE)
    allowed = {"heading", "paragraph", "inline", "blockquote", "bullet_list", "ordered_list", "list_item", "fence"}
    inside = {"text", "strong", "code_inline", "softbreak"}
    for token in MarkdownIt().parse(lesson(step, language).text):
        assert token.type.removesuffix("_open").removesuffix("_close") in allowed
        for child in token.children or ():
            assert child.type.removesuffix("_open").removesuffix("_close") in inside
            assert "**" not in child.content  # bold that was not closed, or that stands wrongly beside a Chinese sign
            assert "`" not in child.content or child.type == "code_inline"


@every_lesson
def test_each_language_is_written_in_its_own_script(step: str, language: Language) -> None:
    text = prose(step, language)
    if language == "en":
        assert not HAN.search(text)
    else:
        assert HAN.search(lesson(step, language).title)
        assert HALF_WIDTH.findall(text) == []


@every_lesson
def test_the_commands_to_try_can_be_typed(step: str, language: Language) -> None:
    for line in COMMAND.findall(prose(step, language)):
        command = parse(line)
        if command.name == "train":
            configure(**command.options)
        if command.name == "explain":
            assert command.options.get("step", "intro") in STEPS


def test_both_languages_try_the_same() -> None:
    for step in STEPS:
        assert [*COMMAND.findall(prose(step, "en"))] == [*COMMAND.findall(prose(step, "zh-CN"))]


def test_both_languages_state_the_same_figures() -> None:
    # 60 000 and 60000 are one figure; small ones are left out, because one language may write them as a word.
    figure = re.compile(r"(?<![\w.`])\d+(?: \d{3})*(?:\.\d+)?")
    for step in STEPS:
        found = ({*figure.findall(prose(step, language))} for language in LANGUAGES)
        english, chinese = ({number.replace(" ", "") for number in numbers} for numbers in found)
        different = {number for number in english ^ chinese if len(number) > 2}
        assert different == set(), step


@pytest.mark.parametrize("language", LANGUAGES)
def test_1875_is_a_number_of_batches(language: Language) -> None:
    naming = [part for part in paragraphs(language) if "1875" in part]
    assert naming
    for part in naming:
        assert ("batches" if language == "en" else "批次") in part
        assert "Fashion-MNIST" in part
        assert 60_000 // 32 == 1875


@pytest.mark.parametrize("language", LANGUAGES)
def test_313_is_a_number_of_batches_too(language: Language) -> None:
    (naming,) = [part for part in paragraphs(language) if "313" in part]
    assert ("batch" if language == "en" else "批次") in naming
    assert -(-10_000 // 32) == 313


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_result_names_the_data_set_it_comes_from(language: Language) -> None:
    for part in paragraphs(language):
        if re.search(r"\b(88|91)\b|\d %", part) and "100 %" not in part:
            assert "Fashion-MNIST" in part, part


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_lesson_looks_like_a_result(language: Language) -> None:
    # "Test accuracy: 0.8812" is how a training announces its own result.
    for step in STEPS:
        assert not re.search(r"test accuracy\W*\d|测试准确率\W*\d", lesson(step, language).text, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parameters_are_counted_rightly(language: Language) -> None:
    text = prose("build", language).replace(" ", "")
    first, second = 784 * 128 + 128, 128 * 10 + 10
    assert f"={first}" in text
    assert f"={second}" in text
    assert f"**{first + second}" in text


def said(step: str, english: str, chinese: str) -> None:
    assert english in prose(step, "en"), (step, english)
    assert chinese in prose(step, "zh-CN"), (step, chinese)


def test_the_usual_misconceptions_are_answered() -> None:
    said("compile", "same accuracy, different loss", "准确率相同，损失不同")
    said("compile", "from_logits=True", "from_logits=True")
    said("build", "confidence, not truth", "置信度，不是事实")
    said("build", "It learns nothing: 0 parameters", "什么也不学，参数为 0")
    said("build", "keras.Input", "keras.Input")
    said("preprocess", 'does not "make the image gray"', "不是“把图像变灰”")
    said("train", "More epochs are not always better", "轮数不是越多越好")
    said("train", "never gets a test image", "从来得不到测试图像")
    said("evaluate", "only reports", "只用来报告")
    said("evaluate", "is not 88 % on your photos", "不等于在你的照片上也有 88 %")
    said("evaluate", "same `seed`", "同一个 `seed`")
    said("predict", "High confidence does not mean right", "置信度高不等于答对")
    said("predict", '"none of these"', "“都不是”")
    said("predict", "batch of one", "也是一个批次")


def test_the_chinese_lesson_names_the_classes_as_the_bot_does() -> None:
    assert "、".join(class_name("zh-CN", label) for label in range(10)) in prose("load", "zh-CN")
    assert [class_name("en", label) for label in range(10)] == CLASS_NAMES


def test_reading_lessons_is_remembered_and_needs_no_tensorflow() -> None:
    assert lesson("intro", "en") is lesson("intro", "en")
    code = (
        "import sys\nfrom bot.lessons import lesson\nfrom trainer import STEPS\n"
        "from trainer.language import LANGUAGES\n"
        "print(sum(len(lesson(s, l).quotes) for s in STEPS for l in LANGUAGES))\n"
        "print({'tensorflow', 'keras', 'numpy', 'matplotlib', 'cv2'} & set(sys.modules) or 'light')"
    )
    root = FOLDER.parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60, check=True
    )
    quotes, weight = done.stdout.split()
    assert int(quotes) >= 2 * len(STEPS)
    assert weight == "light"


def test_an_unknown_step_has_no_lesson() -> None:
    with pytest.raises(KeyError):
        lesson("convolve", "en")
