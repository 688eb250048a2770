"""`/ask`: quoted passages with their steps, figures of the own run, a sentence where there is nothing."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.classroom import Classroom, Learner
from bot.errors import ClassroomError, PictureProcessError
from bot.lessons import lesson
from bot.search import Found, passages
from bot.search.found import FIGURES
from bot.settings import Settings
from trainer.language import LANGUAGES, Language

if TYPE_CHECKING:
    from tests.bot.conftest import FakeSearch

REFUSAL = {"en": "The lessons do not answer this.", "zh-CN": "课程里没有这个问题的答案。"}


def local(language: Language = "en") -> Learner:
    return Learner("local", "local", language)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_passages_are_quoted_below_their_steps(
    classroom: Classroom, search: "FakeSearch", language: Language
) -> None:
    search.found = Found(
        ("compile", "train", "evaluate"), ("compile:1", "glossary:loss", "train:6", "predict:0"), (), outside=False
    )
    answer = await classroom.ask(local(language), "  what is loss?  ")
    known = passages(language)
    title = {step: lesson(step, language).title for step in search.found.steps}
    order = [
        title["compile"],
        known["compile:1"].text,
        known["glossary:loss"].text,
        title["train"],
        known["train:6"].text,
    ]
    places = [answer.text.index(part) for part in order]
    assert places == sorted(places)
    assert title["evaluate"] not in answer.text  # nothing of it is quoted
    assert [(action.kind, action.target) for action in answer.actions] == [
        ("explain", "compile"), ("explain", "train"), ("explain", "evaluate"),
    ]  # fmt: skip
    assert title["compile"] in answer.actions[0].label
    assert search.questions == ["what is loss?"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_when_nothing_fits_it_says_so(classroom: Classroom, search: "FakeSearch", language: Language) -> None:
    search.found = replace(search.found, outside=True)
    answer = await classroom.ask(local(language), "how do i train my dog")
    assert answer.text.startswith(REFUSAL[language])
    assert [action.target for action in answer.actions] == ["train"]


@pytest.mark.parametrize(
    ("question", "key"),
    [("", "question_empty"), ("  \n", "question_empty"), ("？！…", "question_empty"),
     ("a" * 301, "question_too_long"), ("批" * 5000, "question_too_long")],
)  # fmt: skip
async def test_bad_questions_get_a_sentence(
    classroom: Classroom, search: "FakeSearch", question: str, key: str
) -> None:
    with pytest.raises(ClassroomError) as caught:
        await classroom.ask(local(), question)
    assert caught.value.key == key
    assert len(caught.value.sentence("zh-CN")) < 200
    assert search.questions == []
    await classroom.ask(local(), "批" * 300)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_figures_of_the_own_run(
    classroom: Classroom, settings: Settings, search: "FakeSearch", saved: Callable[..., Path], language: Language
) -> None:
    saved(settings.tutor_home, "run-a")
    texts = {}
    for name in FIGURES:
        search.found = replace(search.found, figures=(name,))
        answer = await classroom.ask(local(language), "mine?")
        assert "`run-a`" in answer.text
        assert len(answer.text) < 4000
        texts[name] = answer.text
    assert "0.7400" in texts["accuracy"]
    assert "0.88" in texts["accuracy"]  # what the recipe usually reaches
    shirt, sneaker = ("Shirt", "Sneaker") if language == "en" else ("衬衫", "运动鞋")
    assert f"{shirt} 20.0 %" in texts["worst"]
    assert sneaker in texts["worst"]
    assert "1: 0.5000 · 2: 0.2500" in texts["curve"]
    assert "0.9105" in texts["gap"]
    assert "4 s" in texts["time"] or "4 秒" in texts["time"]
    assert "101770" in texts["parameters"]
    assert "1875" in texts["settings"]


async def test_figures_of_the_practice_set_say_so(
    classroom: Classroom, settings: Settings, search: "FakeSearch", saved: Callable[..., Path]
) -> None:
    saved(settings.tutor_home, "run-a", dataset={"name": "practice", "sha256": "0" * 64})
    search.found = replace(search.found, figures=("accuracy", "settings"))
    answer = await classroom.ask(local(), "is my accuracy good")
    assert "Practice set" in answer.text
    assert "usually" not in answer.text
    assert "375 steps" in answer.text


async def test_without_a_run_it_offers_to_train(classroom: Classroom, search: "FakeSearch") -> None:
    search.found = replace(search.found, figures=("worst",))
    answer = await classroom.ask(local(), "which class is worst")
    assert "/train" in answer.text
    assert [action.kind for action in answer.actions] == ["explain", "explain", "train"]


async def test_a_run_that_was_deleted_or_damaged_leaves_the_passages(
    classroom: Classroom, settings: Settings, search: "FakeSearch", saved: Callable[..., Path]
) -> None:
    search.found = replace(search.found, figures=("curve",))
    folder = saved(settings.tutor_home, "run-a")
    await classroom.runs_like(local(), "")  # the store knows the run
    (folder / "history.csv").write_text("epoch\nx\n", encoding="utf-8")
    damaged = await classroom.ask(local(), "why did my loss rise")
    assert passages("en")["train:6"].text in damaged.text
    shutil.rmtree(folder)
    deleted = await classroom.ask(local(), "why did my loss rise")
    assert "/train" in deleted.text


async def test_a_search_that_fails_is_said(classroom: Classroom, search: "FakeSearch") -> None:
    search.error = PictureProcessError("search_failed")
    with pytest.raises(PictureProcessError) as caught:
        await classroom.ask(local(), "what is loss")
    assert "/explain" in caught.value.sentence("en")
