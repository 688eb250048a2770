"""What a learner reads of a step that was run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.classroom import Classroom, Learner
from bot.classroom.exercise import exercise, handful
from bot.errors import PictureProcessError
from bot.exercises import EXERCISES, Exercises
from bot.texts import texts
from trainer.language import LANGUAGES, Language, class_name
from trainer.runs.folder import Run

if TYPE_CHECKING:
    from tests.bot.conftest import FakeExercises

RUN = Run(Path("runs/20261124-101500-abcd"), {"id": "20261124-101500-abcd"})
LONGEST = 1200  # characters; Discord takes 4000, and a card says more beside it


async def text_of(exercises: "FakeExercises", step: str, language: Language = "en", **options: Any) -> str:
    learner = Learner("1", "Mei", language)
    return (await exercise(real(exercises), step, 1, learner, RUN, **options)).text


def real(exercises: "FakeExercises") -> Exercises:
    return exercises  # type: ignore[return-value]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", EXERCISES)
async def test_every_step_has_output_text_and_picture(
    exercises: "FakeExercises", step: str, language: Language
) -> None:
    learner = Learner("1", "Mei", language)
    for revealed in (False, True) if step == "explore" else (False,):
        answer = await exercise(real(exercises), step, 17, learner, RUN, revealed=revealed)
        assert answer.text.count("```") == 2
        assert "**" in answer.text
        assert "{" not in answer.text
        assert "None" not in answer.text.replace("(None, ", "").replace("`None`", "")
        assert len(answer.text) < LONGEST
        assert texts()(language, "classroom.practice") not in answer.text
        assert exercises.asked[-1] == (step, 17, language, RUN.path, revealed)
        if step == "load":
            assert answer.pictures == ()
            continue
        (picture,) = answer.pictures
        assert picture.name == f"exercise-{step}.png"
        assert picture.data.endswith(language.encode())
        assert picture.alt
        assert "{" not in picture.alt


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", EXERCISES)
async def test_the_practice_set_is_named(exercises: "FakeExercises", step: str, language: Language) -> None:
    exercises.changes = {"dataset": "practice"}
    assert texts()(language, "classroom.practice") in await text_of(exercises, step, language)


async def test_load_prints_the_arrays(exercises: "FakeExercises") -> None:
    text = await text_of(exercises, "load")
    assert "train_images  uint8  (60000, 28, 28)\ntrain_labels  uint8  (60000,)\n" in text
    assert "np.bincount(test_labels)\n[1000 1000 1000 1000 1000 1000 1000 1000 1000 1000]\n" in text
    assert "in 0.5 s" in text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_handful_asks_and_does_not_tell(exercises: "FakeExercises", language: Language) -> None:
    asked = await handful(real(exercises), 5, Learner("1", "Mei", language))
    assert (asked.asked, asked.options, asked.right) == (4, (0, 6, 2, 4), 6)
    assert exercises.asked == [("explore", 5, language, None, False)]
    assert class_name(language, asked.right) not in asked.answer.text
    assert class_name(language, asked.right) not in asked.answer.pictures[0].alt
    assert "[48475 48297 40244 28131  1359]" in asked.answer.text  # as numpy prints them


async def test_what_is_revealed(exercises: "FakeExercises") -> None:
    text = await text_of(exercises, "explore", revealed=True)
    assert "train_labels[indices]\n[8 4 1 6 5]\nnearest_mean(train_images[indices], means)\n[8 4 1 2 5]" in text
    assert "- Image 1 is **Bag**; the nearest average image says so too." in text
    assert "- Image 4 is **Shirt**; the nearest average image says: Pullover." in text
    assert "correct for 4 of 5" in text


async def test_preprocess_divides(exercises: "FakeExercises") -> None:
    text = await text_of(exercises, "preprocess")
    assert "before  uint8    min 0    max 255  mean 47.72\nafter   float32  min 0.0  max 1.0  mean 0.1871\n" in text
    assert "47.72 ÷ 255 = 0.1871" in text


async def test_build_says_whether_it_was_lucky(exercises: "FakeExercises") -> None:
    text = await text_of(exercises, "build")
    assert "Flatten  (None, 784)       0\n" in text
    assert "31.5 %, for Dress" in text
    lucky = texts()("en", "exercise.build_lucky")
    assert lucky not in text
    exercises.changes = {"label": 3}
    assert lucky in await text_of(exercises, "build")


async def test_compile_says_what_the_step_did(exercises: "FakeExercises") -> None:
    text = await text_of(exercises, "compile")
    assert "before  accuracy: 0.1875 - loss: 2.6259\nafter   accuracy: 0.3438 - loss: 2.1184\n" in text
    assert "down from 2.626 to 2.118" in text
    assert "24 of the 32 images" in text
    exercises.changes = {"loss": (2.1, 2.2), "moved": 32}
    text = await text_of(exercises, "compile")
    assert "up from 2.100 to 2.200" in text
    assert "Each of the 32 images" in text


async def test_evaluate_names_the_run_and_its_weakest_class(exercises: "FakeExercises") -> None:
    text = await text_of(exercises, "evaluate")
    assert text.startswith("**Test accuracy: 0.8553**")  # the first number after "test"
    assert "`20261124-101500-abcd`" in text
    assert "Pullover, with 540 of 1000 correct" in text
    assert "76.7 %" in text  # the largest of three
    assert "3 of its 1447" in text
    exercises.changes = {"right": 10000, "wrong": (), "taken_for_count": 0}
    assert "all are correct" in await text_of(exercises, "evaluate")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_without_a_run_it_offers_to_train(exercises: "FakeExercises", language: Language) -> None:
    answer = await exercise(real(exercises), "evaluate", 1, Learner("1", "Mei", language), None)
    assert answer.text == texts()(language, "accuracy.none")
    assert [action.kind for action in answer.actions] == ["train"]
    assert exercises.asked == []


async def test_a_process_that_fails_is_said(exercises: "FakeExercises") -> None:
    exercises.error = PictureProcessError("exercise_failed")
    with pytest.raises(PictureProcessError):
        await text_of(exercises, "build")


async def test_the_classroom_closes_them(classroom: Classroom, exercises: "FakeExercises") -> None:
    await classroom.close()
    assert exercises.closed
