"""`/accuracy`: the figure first, then class by class; no figure at all where nothing was trained."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.classroom import Classroom, Learner
from bot.errors import PictureProcessError
from bot.settings import Settings
from trainer.language import LANGUAGES, Language

if TYPE_CHECKING:
    from tests.bot.conftest import FakePictures

FIRST_FIGURE = {"en": r"(?i)test\D*([\d.]+)", "zh-CN": r"测试[^\d]*([\d.]+)"}


def local(language: Language) -> Learner:
    return Learner("local", "local", language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_before_any_run_it_offers_to_train(classroom: Classroom, language: Language) -> None:
    answer = await classroom.accuracy(local(language), None)
    assert not re.search(r"\d", answer.text)
    assert "/train" in answer.text
    assert [action.kind for action in answer.actions] == ["train"]
    assert answer.pictures == ()


async def test_the_figures_of_a_run(classroom: Classroom, settings: Settings, saved: Callable[..., Path]) -> None:
    saved(settings.tutor_home, "run-a")
    answer = await classroom.accuracy(local("en"), None)
    assert answer.text.splitlines()[0] == "**Test accuracy: 0.7400**"
    assert "test loss 0.3371" in answer.text
    assert "17.1 percentage points better" in answer.text or "17.0 percentage points better" in answer.text
    assert "**Weakest:** Shirt 20.0 %" in answer.text
    assert "Shirt classified as Sneaker: 8 of 10" in answer.text
    shares = [float(share) for share in re.findall(r"^- [^:\n]+ ([\d.]+) %$", answer.text, re.MULTILINE)]
    assert shares == [80.0] * 9 + [20.0]
    assert answer.pictures[0].data.endswith(b"confusion.en")
    assert answer.pictures[0].name == "confusion-run-a.png"
    assert "practice" not in answer.text


async def test_the_same_in_chinese(classroom: Classroom, settings: Settings, saved: Callable[..., Path]) -> None:
    saved(settings.tutor_home, "run-a", dataset={"name": "practice", "sha256": "0" * 64})
    answer = await classroom.accuracy(local("zh-CN"), "run-a")
    assert answer.text.splitlines()[0] == "**测试准确率：0.7400**"
    assert "**最弱：** 衬衫 20.0 %" in answer.text
    assert "**练习集**" in answer.text
    assert answer.pictures[0].data.endswith(b"confusion.zh-CN")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_first_figure_is_the_accuracy(
    classroom: Classroom, settings: Settings, saved: Callable[..., Path], language: Language
) -> None:
    saved(settings.tutor_home, "run-a")
    text = (await classroom.accuracy(local(language), None)).text
    match = re.search(FIRST_FIGURE[language], text)
    assert match is not None
    assert match[1] == "0.7400"
    assert len(text) < 4000


async def test_without_its_picture_it_is_still_an_answer(
    classroom: Classroom,
    settings: Settings,
    saved: Callable[..., Path],
    pictures: "FakePictures",
    caplog: pytest.LogCaptureFixture,
) -> None:
    saved(settings.tutor_home, "run-a")
    pictures.error = PictureProcessError("drawing_failed")
    answer = await classroom.accuracy(local("en"), None)
    assert answer.pictures == ()
    assert answer.text.startswith("**Test accuracy: 0.7400**")
    assert len([one for one in caplog.records if one.levelname == "WARNING"]) == 1


async def test_a_network_without_mistakes(classroom: Classroom, settings: Settings, saved: Callable[..., Path]) -> None:
    perfect = [[10 if row == column else 0 for column in range(10)] for row in range(10)]
    metrics = {"test_accuracy": 1.0, "recall": [1.0] * 10, "confusion": perfect}
    saved(settings.tutor_home, "run-a", metrics=metrics)
    text = (await classroom.accuracy(local("en"), None)).text
    assert "confused" not in text
    assert "no better" in text
