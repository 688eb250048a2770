"""`/predict`: class and confidence first, all ten shares, honest about pictures that are far from the training data."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.classroom import Classroom, Learner
from bot.classroom.wording import percent
from bot.pictures.processes import uploads_folder
from bot.pictures.tasks import _loaded_predictor
from bot.settings import Settings
from bot.texts import texts
from trainer.confidence.nearest import Neighbours
from trainer.errors import PictureError
from trainer.language import LANGUAGES, Language, class_name
from trainer.photo.seen import OPERATIONS
from trainer.runs.folder import Run
from trainer.steps.predict import Prediction

if TYPE_CHECKING:
    from tests.bot.conftest import FakePictures

LOCAL = Learner("local", "local", "en")
SHARES = np.array([0.001, 0, 0, 0, 0, 0.002, 0, 0.02, 0.004, 0.973], np.float32)


class FakePredictor:
    """A network that takes everything for an ankle boot."""

    failed: tuple[str, ...] = ()
    nearest: Neighbours | None = None

    def __init__(self, run: Any) -> None:
        assert isinstance(run, Run)

    def look(self, seen: Any) -> Any:
        assert seen.views.shape == (1, 28, 28)
        assert seen.views.dtype == np.uint8
        return Prediction(SHARES, 9, 0.973, self.failed, nearest=self.nearest)


@pytest.fixture(autouse=True)
def _predictor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("trainer.steps.predict.Predictor", FakePredictor)
    yield
    _loaded_predictor.cache_clear()  # other tests use real ones


@pytest.mark.parametrize("language", LANGUAGES)
async def test_before_any_run_it_offers_to_train(classroom: Classroom, language: Language) -> None:
    answer = await classroom.predict(Learner("local", "local", language), b"picture", None)
    assert not re.search(r"\d", answer.text)
    assert "/train" in answer.text
    assert [action.kind for action in answer.actions] == ["train"]


@pytest.mark.parametrize(
    ("language", "first", "line"),
    [("en", "**Ankle boot** 97.3 %", "- Ankle boot 97.3 %"), ("zh-CN", "**短靴** 97.3 %", "- 短靴 97.3 %")],
)
async def test_the_answer_and_all_ten(
    classroom: Classroom, settings: Settings, saved: Callable[..., Path], language: Language, first: str, line: str
) -> None:
    saved(settings.tutor_home, "run-a")
    answer = await classroom.predict(Learner("local", "local", language), b"picture", "run-a")
    lines = answer.text.splitlines()
    assert lines[0] == first
    shares = [text for text in lines if text.startswith("- ")]
    assert shares[0] == line
    assert len(shares) == 10
    assert {re.sub(r"^- | [\d.]+ %$", "", share) for share in shares} == {
        class_name(language, label) for label in range(10)
    }
    percents = [float(re.findall(r"([\d.]+) %", share)[0]) for share in shares]
    assert percents == sorted(percents, reverse=True)
    assert "`run-a`" in answer.text
    assert answer.tone == "plain"
    assert answer.pictures[0].data.endswith(language.encode())
    assert answer.seen == b"\x80" * 784


@pytest.mark.parametrize(
    ("language", "found"),
    [
        ("en", "trained on: it is a filled rectangle, like a page or a screen; its background is bright, so"),
        ("zh-CN", "训练图像都不像：它是填满的矩形，像一页纸或者一个屏幕；它的背景是亮的，明暗可能颠倒了。"),
    ],
)
async def test_the_checks_that_failed_are_said(
    classroom: Classroom,
    settings: Settings,
    saved: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    language: Language,
    found: str,
) -> None:
    monkeypatch.setattr(FakePredictor, "failed", ("box", "background"))
    saved(settings.tutor_home, "run-a")
    answer = await classroom.predict(Learner("local", "local", language), b"picture", "run-a")
    assert found in answer.text


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "training images: Ankle boot, Ankle boot, Sneaker."), ("zh-CN", "训练图像：短靴、短靴、运动鞋。")],
)
async def test_the_most_similar_training_images_are_named(
    classroom: Classroom,
    settings: Settings,
    saved: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    language: Language,
    line: str,
) -> None:
    saved(settings.tutor_home, "run-a")
    learner = Learner("local", "local", language)
    before = await classroom.predict(learner, b"picture", "run-a")
    near = Neighbours(np.zeros((3, 28, 28), np.uint8), np.array([9, 9, 7], np.uint8))
    monkeypatch.setattr(FakePredictor, "nearest", near)
    answer = await classroom.predict(learner, b"picture", "run-a")
    assert line in answer.text
    assert line not in before.text


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "The end of this file is missing"), ("zh-CN", "这个文件缺少结尾")]
)
async def test_a_file_without_its_end_is_said_once(
    classroom: Classroom,
    pictures: "FakePictures",
    settings: Settings,
    saved: Callable[..., Path],
    language: Language,
    sentence: str,
) -> None:
    saved(settings.tutor_home, "run-a")
    learner = Learner("local", "local", language)
    assert sentence not in (await classroom.predict(learner, b"picture", "run-a")).text
    pictures.seen = replace(pictures.seen, operations=("cut_off", "already_style"))
    answer = await classroom.predict(learner, b"picture", "run-a")
    assert answer.text.count(sentence) == 1
    assert "already_style" not in answer.text
    again = await classroom.without(learner, answer.actions[-1].target)
    assert sentence in again.text


async def test_a_picture_far_from_the_training_data(
    classroom: Classroom, settings: Settings, saved: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakePredictor, "failed", ("thin",))
    saved(settings.tutor_home, "run-a", dataset={"name": "practice", "sha256": "0" * 64})
    answer = await classroom.predict(LOCAL, b"picture", None)
    assert answer.tone == "warning"
    assert "do not trust" in answer.text
    assert "**Practice set**" in answer.text
    assert answer.text.startswith("**Ankle boot** 97.3 %")


async def test_a_file_that_is_no_picture(classroom: Classroom, settings: Settings, saved: Callable[..., Path]) -> None:
    saved(settings.tutor_home, "run-a")
    with pytest.raises(PictureError):
        await classroom.predict(LOCAL, b"", None)


async def test_old_uploads_are_removed_with_every_answer(
    classroom: Classroom, settings: Settings, saved: Callable[..., Path]
) -> None:
    saved(settings.tutor_home, "run-a")
    await classroom.predict(LOCAL, b"picture", None)
    (old,) = uploads_folder(settings.tutor_home).iterdir()
    os.utime(old, (0, 0))
    await classroom.predict(LOCAL, b"picture", None)
    (new,) = uploads_folder(settings.tutor_home).iterdir()
    assert new != old


async def test_prediction_does_not_wait_for_training(
    classroom: Classroom, settings: Settings, saved: Callable[..., Path], pictures: "FakePictures"
) -> None:
    from bot.classroom import Place

    saved(settings.tutor_home, "run-a")
    training = await classroom.train(LOCAL, Place())
    async with asyncio.timeout(30):
        answer = await classroom.predict(LOCAL, b"picture", None)
    assert answer.text.startswith("**Ankle boot**")
    assert not training.state.final


@given(st.floats(0, 1))
def test_percents_have_one_decimal(share: float) -> None:
    said = percent(share)
    assert re.fullmatch(r"\d{1,3}\.\d %", said)
    assert abs(float(said[:-2]) / 100 - share) <= 0.00051


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_was_done_to_a_picture_can_be_said(language: Language) -> None:
    for done in OPERATIONS:  # that the file was cut off is a sentence of its own
        assert texts()(language, "predict.cut_off" if done == "cut_off" else f"predict.step.{done}")
