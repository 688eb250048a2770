"""The course from the first question to the last."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

import pytest

from bot.classroom import Classroom, Learner, describe
from bot.classroom.course import course
from bot.classroom.course.way import DOING
from bot.commands import COMMANDS
from bot.errors import ClassroomError, StoreError
from bot.questions import bank
from bot.settings import Settings
from bot.store import CourseStore, Store
from tests.bot.classroom.course.walk import Uploaded, Walk, button, trained
from trainer import STEPS
from trainer.language import LANGUAGES, Language
from trainer.runs.folder import Run

if TYPE_CHECKING:
    from tests.bot.conftest import FakeEngine

PAIRS = len(bank().pairs)
LONGEST = 4000  # of a message in Discord


@pytest.fixture
def walk(classroom: Classroom, store: Store, settings: Settings, tom: Learner) -> Walk:
    return Walk(classroom, store, settings.tutor_home, tom)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    return Clock(monkeypatch)


class Clock:
    """The course's time, which a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime.now(UTC)
        monkeypatch.setattr(course, "_now", lambda: self.now)

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


async def train(walk: Walk, engine: "FakeEngine", packed: Callable[..., bytes], guess: str = "0.74") -> str:
    training = trained(await walk.give("guess", accuracy=guess))
    engine.jobs[-1].end(packed(training.state.run_id))
    async for _ in training.watch():
        pass
    return describe(training.state, walk.learner.language).text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_whole_way(
    classroom: Classroom, store: Store, settings: Settings, engine: "FakeEngine", packed: Callable[..., bytes],
    practice_run: Run, language: Language,
) -> None:  # fmt: skip
    walk = Walk(classroom, store, settings.tutor_home, Learner("local", "local", language))
    copytree(practice_run.path, Path(settings.tutor_home) / "runs" / practice_run.path.name)
    for number in range(1, PAIRS + 1):  # what somebody knows before
        asked = await walk.said("learn")
        assert f"{number}" in asked.text
        await walk.answer(right=number <= 2)
    for step in STEPS:
        card = await walk.said("learn")
        assert card.pictures[0].name == f"{step}.png"
        if step in DOING:
            offered = await walk.said("learn")  # the card is read: what comes next is doing
            kinds = {action.kind for action in offered.actions}
            if step == "train":
                assert "🎯" in await train(walk, engine, packed)
            elif step == "predict":
                assert "upload" in kinds
                await walk.give("predict", image=Uploaded(), run=practice_run.path.name)
            elif step == "explore":
                asked = await walk.said("do", step=step)
                assert asked.asks is not None
                assert len(asked.asks.options) == 4
                await walk.said("answer", given=asked.asks.options[1][0].lower())
            elif step != "summary":
                done = await walk.said("do", step=step)
                assert "learn" in {action.kind for action in done.actions}
        for _ in range(2):
            asked = await walk.said("learn")
            question = await walk.question()
            assert question.step == step
            assert (await walk.answer()).tone == "good"
    for _ in range(PAIRS):
        await walk.said("learn")
        await walk.answer(right=True)
    end = await walk.said("learn")
    assert end.text.startswith("🎓")
    assert ("2 of 5" if language == "en" else "答对 2 道") in end.text
    shown = await walk.said("progress")
    assert shown.text.count("✅") == len(STEPS)
    assert all(len(answer.whole) < LONGEST for _, answer in walk.shown)


async def test_one_wrong_answer_brings_a_third_question(walk: Walk) -> None:
    await walk.until({"do": None})
    answers = [row for row in await CourseStore(walk.store).answers("2") if row.purpose == "learn"]
    assert len(answers) == 2  # of `intro`, both right
    await walk.said("skip", step="load")
    for right in (False, True, True):
        await walk.said("learn")
        assert (await walk.question()).step == "load"
        await walk.answer(right=right)
    assert (await walk.said("learn")).pictures[0].name == "explore.png"


async def test_a_wrong_answer_is_answered_with_its_cure_and_lesson(walk: Walk) -> None:
    await walk.said("learn")
    judged = await walk.answer(right=False)
    assert judged.tone == "warning"
    (row,) = await CourseStore(walk.store).answers("2")
    known = bank().misconceptions[row.misconception]
    assert known.cure.texts["en"] in judged.text
    assert button(judged, "explain").target == known.step


async def test_a_missed_question_comes_back_when_it_is_due(walk: Walk, clock: Clock) -> None:
    assert "only questions that you have missed" in (await walk.said("practice")).text
    await walk.said("learn")
    missed = (await walk.question()).id
    await walk.answer(right=False)
    assert "Nothing is due now" in (await walk.said("practice")).text
    clock.move(minutes=2)
    assert "**Due again: 1**" in (await walk.said("progress")).text
    await walk.said("practice")
    assert (await walk.question()).id == missed
    due_before = (await CourseStore(walk.store).reviews("2"))[0].due_at
    await walk.answer()  # the second answer of the day: it does not count
    assert (await CourseStore(walk.store).reviews("2"))[0].due_at == due_before
    assert "Nothing is due now" in (await walk.said("practice")).text
    clock.move(days=1)
    await walk.said("practice")
    await walk.answer()
    later = (await CourseStore(walk.store).reviews("2"))[0].due_at
    assert later > clock.now
    clock.move(days=30)
    assert (await walk.said("practice")).asks is not None


async def test_letters_are_chosen_one_by_one(walk: Walk) -> None:
    wanted = next(one for one in bank().questions.values() if one.template.kind == "all" and not one.needs_run)
    course_ = walk.classroom._course
    row = await course_._questions.put(walk.learner, "practice", wanted, ("", {}), datetime.now(UTC))
    answer = await course_._questions.show(row, walk.learner, "")
    assert [action.label for action in answer.actions] == ["A", "B", "C", "D", "✔ Send"]
    assert not button(answer, "answer").enabled
    for letter in (await walk.question()).right:
        press = next(action for action in answer.actions if action.label == letter)
        answer = await walk.said("choose", target=press.target)
    assert "Chosen" in answer.text
    assert button(answer, "answer").enabled
    judged = await walk.press(answer, "answer")
    assert getattr(judged, "tone", "") == "good"


async def test_answers_that_cannot_be_taken(walk: Walk, mei: Learner) -> None:
    with pytest.raises(ClassroomError, match="No question is waiting"):
        await walk.said("answer", given="b")
    asked = await walk.said("learn")
    target = button(asked, "answer").target
    for wrong in ("", "x" * 5000, "e", "12"):
        with pytest.raises(ClassroomError) as caught:
            await walk.said("answer", given=wrong)
        assert caught.value.key == "answer_one"
    with pytest.raises(ClassroomError) as caught:
        await walk.said("answer", given="999999-b")
    assert caught.value.key == "question_gone"
    await walk.said("answer", given=target)
    with pytest.raises(ClassroomError) as caught:
        await walk.said("answer", given=target)
    assert caught.value.key == "answered_already"
    other = Walk(walk.classroom, walk.store, walk.home, mei)
    copy = await other.said("answer", given=target)  # somebody else presses it: asked anew, in their language
    assert copy.text.startswith("这道题是向别人提的")
    assert (await other.answer()).tone == "good"
    assert len(await CourseStore(walk.store).answers(mei.id)) == 1
    assert len(await CourseStore(walk.store).answers("2")) == 1


async def test_a_run_that_is_gone_between_question_and_answer(
    walk: Walk, engine: "FakeEngine", packed: Callable[..., bytes], settings: Settings
) -> None:
    await train(walk, engine, packed)
    await walk.until({"guess": None})
    await walk.said("skip", step="train")
    question = await walk.question()
    assert bank().questions[question.id].needs_run
    for folder in (Path(settings.tutor_home) / "runs").iterdir():
        (folder / "run.json").unlink()
    with pytest.raises(ClassroomError) as caught:
        await walk.said("answer", given=question.options[0].key if question.options else "1")
    assert caught.value.key == "question_run_gone"
    await walk.said("learn")
    assert not bank().questions[(await walk.question()).id].needs_run
    await walk.answer()


async def test_nothing_is_half_written_when_the_database_is_locked(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    await walk.said("learn")

    async def refuse(*_: object) -> bool:
        raise StoreError("store_locked", path="classroom.sqlite3")

    with monkeypatch.context() as patched:
        patched.setattr(CourseStore, "save_answer", refuse)
        with pytest.raises(StoreError):
            await walk.answer()
    assert await CourseStore(walk.store).answers("2") == []
    assert (await walk.answer()).tone == "good"


async def test_a_training_that_was_cancelled_is_offered_again(
    walk: Walk, engine: "FakeEngine", packed: Callable[..., bytes]
) -> None:
    offered = await walk.until({"guess": None})
    with pytest.raises(ClassroomError, match=r"0\.88"):
        await walk.press(offered, "guess", "a lot")
    training = trained(await walk.press(offered, "guess", "91 %"))
    await walk.give("cancel", run=training.state.run_id)
    async with asyncio.timeout(10):  # the row is written after the last state is shown
        while training.row.status != "cancelled" or training.task is None or not training.task.done():
            await asyncio.sleep(0.01)
    assert "guess" in {action.kind for action in (await walk.said("learn")).actions}
    assert "too high" in await train(walk, engine, packed, "0.9")
    assert "guess" not in {action.kind for action in (await walk.said("learn")).actions}


async def test_a_step_that_cannot_be_done(walk: Walk) -> None:
    for step, key in (("intro", "step_not_done"), ("nothing", "step_unknown")):
        for name in ("do", "skip"):
            with pytest.raises(ClassroomError) as caught:
                await walk.said(name, step=step)
            assert caught.value.key == key
    assert "Train" in (await walk.said("do", step="evaluate")).actions[0].label  # nothing is trained


async def test_everything_is_forgotten(
    walk: Walk, engine: "FakeEngine", packed: Callable[..., bytes], settings: Settings, mei: Learner
) -> None:
    await walk.said("learn")
    await walk.answer(right=False)
    await train(walk, engine, packed)
    await walk.said("explain", step="load")
    other = Walk(walk.classroom, walk.store, walk.home, mei)
    await other.said("learn")
    await other.answer()
    running = trained(await walk.give("train"))
    (Path(settings.tutor_home) / "uploads").mkdir(exist_ok=True)
    upload = Path(settings.tutor_home) / "uploads" / f"{'0' * 16}.{running.state.run_id}.npz"
    upload.write_bytes(b"")
    asked = await walk.said("forget-me")
    assert "trainings with their networks (2)" in asked.text
    assert len(await CourseStore(walk.store).answers("2")) == 1  # asked once more first
    done = await walk.press(asked, "forget")
    assert getattr(done, "tone", "") == "good"
    rows = CourseStore(walk.store)
    assert await rows.kept_of("2") == ([], [])
    assert (await rows.answers("2"), await rows.reviews("2"), await rows.progress("2")) == ([], [], {})
    assert await walk.store.learner("2") is None
    assert list((Path(settings.tutor_home) / "runs").iterdir()) == []
    assert not upload.exists()
    assert running.state.status == "cancelled"
    assert len(await rows.answers(mei.id)) == 1


def test_the_commands_of_the_course() -> None:
    assert {name for name, command in COMMANDS.items() if command.slash} >= {"learn", "practice", "progress"}
