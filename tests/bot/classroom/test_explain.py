"""`/explain`: ten steps, back and next, progress, and a picture where one can be drawn."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.classroom import Classroom, Learner
from bot.errors import ClassroomError, StoreError
from bot.settings import Settings
from bot.store import Store
from trainer import STEPS
from trainer.errors import DatasetError
from trainer.language import LANGUAGES, Language

if TYPE_CHECKING:
    from tests.bot.conftest import FakePictures

LOCAL = Learner("local", "local", "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
async def test_every_step_can_be_read(classroom: Classroom, step: str, language: Language) -> None:
    answer = await classroom.explain(Learner("1", "Mei", language), step)
    assert len(answer.text) > 100
    assert answer.pictures[0].data.endswith(step.encode())
    labels = " ".join(action.label for action in answer.actions)
    here = STEPS.index(step)
    wanted = ([("back", STEPS[here - 1])] if here else []) + ([("next", STEPS[here + 1])] if here < 9 else [])
    assert [(action.kind, action.target) for action in answer.actions] == wanted
    words = ("Back", "Next") if language == "en" else ("上一步", "下一步")
    assert (words[0] in labels) == (here > 0)
    assert (words[1] in labels) == (here < 9)


async def test_an_unknown_step_names_the_ten(classroom: Classroom) -> None:
    with pytest.raises(ClassroomError) as caught:
        await classroom.explain(LOCAL, "convolve")
    assert caught.value.key == "step_unknown"
    assert all(step in caught.value.sentence("zh-CN") for step in STEPS)


async def test_progress_is_remembered(classroom: Classroom, store: Store, mei: Learner) -> None:
    for step in ("intro", "load"):
        await classroom.explain(mei, step)
    assert await store.steps_seen("1") == {"intro", "load"}
    learner = await store.learner("1")
    assert learner is not None
    assert (learner.last_step, learner.language) == ("load", "zh-CN")


async def test_the_picture_is_of_ones_own_network(
    classroom: Classroom, settings: Settings, saved: Callable[..., Path], pictures: "FakePictures", mei: Learner
) -> None:
    path = saved(settings.tutor_home, "run-a")
    await classroom.recover()  # gives it to the terminal's learner
    await classroom.explain(LOCAL, "evaluate")
    await classroom.explain(mei, "evaluate")
    assert pictures.drawn == [("evaluate", "en", path), ("evaluate", "zh-CN", None)]


async def test_a_whole_class_has_one_picture_drawn(
    classroom: Classroom, pictures: "FakePictures", mei: Learner
) -> None:
    answers = await asyncio.gather(*(classroom.explain(mei, "load") for _ in range(10)))
    assert len({answer.pictures for answer in answers}) == 1
    assert len(pictures.drawn) == 1


async def test_a_lesson_without_its_picture_is_still_a_lesson(
    classroom: Classroom, pictures: "FakePictures", store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(*_: object) -> None:
        raise StoreError("database_locked", path="classroom.sqlite3", problem="")

    monkeypatch.setattr(store, "save_step", locked)
    pictures.error = DatasetError("dataset_file_broken", name="t10k-labels")
    answer = await classroom.explain(LOCAL, "load")
    assert answer.pictures == ()
    assert DatasetError("dataset_file_broken", name="t10k-labels").sentence("en") in answer.text
    pictures.error = None
    assert (await classroom.explain(LOCAL, "load")).pictures  # and the next one tries again
