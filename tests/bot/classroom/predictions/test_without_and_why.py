"""The buttons below a prediction: one stage less, and why; about a kept picture, with a run that was really trained."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from shutil import copytree
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bot.classroom import Answer, Classroom, Learner
from bot.classroom.wording import percent
from bot.errors import ClassroomError
from bot.settings import Settings
from bot.texts import texts
from trainer.attribution.figures import MINUS
from trainer.confidence.cut_out import DOUBTS
from trainer.language import LANGUAGES, Language, class_name
from trainer.photo.seen import Seen
from trainer.photo.without import without
from trainer.runs.folder import Run, write_record
from trainer.steps.predict import Predictor

if TYPE_CHECKING:
    from tests.bot.conftest import FakePictures

LOCAL = Learner("local", "local", "en")
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def seen(pictures: "FakePictures") -> Seen:
    """What the picture process makes of everything: a garment cut out of a light page."""
    draw = np.random.default_rng(5)
    original = draw.integers(180, 256, (200, 100, 3), np.uint8)
    original[50:150, 30:70] = draw.integers(0, 60, (100, 40, 3), np.uint8)
    mask = np.zeros((200, 100), np.uint8)
    mask[50:150, 30:70] = 1
    pixels = np.zeros((28, 28), np.uint8)
    pixels[:, 8:20] = draw.integers(150, 256, (28, 12), np.uint8)
    pictures.seen = Seen(pixels, original, mask, ("cut_out", "inverted", "contrast", "fitted"))
    return pictures.seen


@pytest.fixture
def run(settings: Settings, practice_run: Run) -> Run:
    path = settings.tutor_home / "runs" / practice_run.path.name
    copytree(practice_run.path, path)
    return Run(path, practice_run.record)


def target_of(answer: Answer, kind: str, typed: str = "") -> str:
    (target,) = [action.target for action in answer.actions if (action.kind, action.typed) == (kind, typed)]
    return target


@pytest.mark.parametrize("language", LANGUAGES)
async def test_one_stage_less(classroom: Classroom, run: Run, seen: Seen, language: Language) -> None:
    learner, predictor = Learner("local", "local", language), Predictor(run)
    first = await classroom.predict(learner, b"picture", None)
    assert [action.typed for action in first.actions] == ["cutting-out", "inverting", ""]
    whole = predictor.look(seen)
    for stage, left in (("cutting-out", ["inverting", ""]), ("inverting", ["cutting-out", ""])):
        answer = await classroom.without(learner, target_of(first, "without", stage))
        wanted = predictor.look(without(seen, [stage]))  # pyright: ignore[reportArgumentType]
        assert answer.text.startswith(f"**{class_name(language, wanted.label)}** {percent(wanted.confidence)}")
        remark = answer.text.split("\n\n")[1]
        assert class_name(language, whole.label) in remark
        assert percent(whole.confidence) in remark
        assert bool(CHINESE.search(remark)) == (language == "zh-CN")
        assert (wanted.label == whole.label) == ("still" in remark or "仍然" in remark)
        assert answer.seen == without(seen, [stage]).pixels.tobytes()  # pyright: ignore[reportArgumentType]
        assert [action.typed for action in answer.actions] == left
        both = await classroom.without(learner, target_of(answer, "without", left[0]))
        assert [action.kind for action in both.actions] == ["why"]
        assert both.seen == without(seen, ["cutting-out", "inverting"]).pixels.tobytes()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_other_cut_out_and_back(
    classroom: Classroom, run: Run, seen: Seen, pictures: "FakePictures", language: Language
) -> None:
    learner, predictor = Learner("local", "local", language), Predictor(run)
    mask = np.zeros((200, 100), np.uint8)
    mask[140:190, 10:90] = 1
    steps = ("other_cut", "inverted", "contrast", "fitted")
    views = np.random.default_rng(1).integers(0, 256, (2, 28, 28), np.uint8)
    pictures.seen = replace(
        seen, second=replace(seen, pixels=255 - seen.pixels, mask=mask, operations=steps, others=views)
    )
    first = await classroom.predict(learner, b"picture", None)
    assert [action.typed for action in first.actions] == ["first-cut", "inverting", ""]
    assert first.tone == "warning"
    assert ("cut-out is uncertain" in first.text) == (language == "en")
    assert ("抠图不可靠" in first.text) == (language == "zh-CN")
    assert percent(pictures.seen.agreement) in first.text
    other = await classroom.without(learner, target_of(first, "without", "first-cut"))
    wanted = predictor.look(without(pictures.seen, ["first-cut"]))
    assert other.text.startswith(f"**{class_name(language, wanted.label)}** {percent(wanted.confidence)}")
    assert [action.typed for action in other.actions] == ["other-cut", "cutting-out", "inverting", ""]
    back = await classroom.without(learner, target_of(other, "without", "other-cut"))
    assert back.text == first.text
    assert back.actions == first.actions
    none = await classroom.without(learner, target_of(other, "without", "cutting-out"))
    assert none.seen == without(seen, ["cutting-out"]).pixels.tobytes()
    assert [action.typed for action in none.actions] == ["inverting", ""]
    said = await classroom.why(learner, target_of(other, "why"))
    assert class_name(language, wanted.label) in said.text.splitlines()[0]
    # a button of an earlier version, which had no other cut-out to offer
    early = await classroom.without(learner, f"{target_of(first, 'why')}-cutting-out")
    assert early.seen == none.seen


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_doubt_can_be_said(language: Language) -> None:
    for doubt in DOUBTS:
        assert texts()(language, f"predict.doubt.{doubt}", agreement="28.0 %", other="?")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_why_in_figures_that_add_up(classroom: Classroom, run: Run, seen: Seen, language: Language) -> None:
    learner = Learner("local", "local", language)
    first = await classroom.predict(learner, b"picture", None)
    for answer in (first, await classroom.without(learner, target_of(first, "without", "inverting"))):
        said = await classroom.why(learner, target_of(answer, "why"))
        winner = re.match(r"\*\*(.+?)\*\*", answer.text)
        assert winner
        assert winner[1] in said.text.splitlines()[0]
        lines = [line.replace(MINUS, "-") for line in said.text.splitlines() if line.startswith("- ")]
        figures = [float(re.findall(r"[+-]?\d+\.\d+", line.strip("*"))[-1]) for line in lines]
        assert len(figures) == 8
        assert sum(figures[:-1]) == pytest.approx(figures[-1], abs=1e-9)
        for line in lines[:5]:
            activation, weight, contribution = (float(one) for one in re.findall(r"[+-]?\d+\.\d+", line))
            assert activation * weight == pytest.approx(contribution, abs=0.006 + 0.0005 * (activation + abs(weight)))
        shown = without(seen, ["inverting"] if answer is not first else [])
        share = percent(float(Predictor(run).probabilities(shown.pixels[None]).max()))
        assert share in said.text
        assert said.pictures[0].data.endswith(language.encode())
        assert said.actions == ()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_why_of_a_network_with_convolutions(
    classroom: Classroom, run: Run, seen: Seen, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.attribution.why.dense_weights", lambda _: None)
    learner = Learner("local", "local", language)
    answer = await classroom.predict(learner, b"picture", None)
    said = await classroom.why(learner, target_of(answer, "why"))
    whole, lowest = (float(share) for share in re.findall(r"(\d+\.\d) %", said.text)[:2])
    assert lowest <= whole
    raw = Predictor(run).probabilities(seen.pixels[None])[0]
    assert f"{whole:.1f} %" == percent(float(raw[Predictor(run).look(seen).label]))
    assert "144" in said.text


async def test_the_softened_confidence_is_told(
    classroom: Classroom, run: Run, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(run.path / "run.json", {**run.record, "calibration": {"temperature": 1.5}})
    answer = await classroom.predict(LOCAL, b"picture", None)
    said = await classroom.why(LOCAL, target_of(answer, "why"))
    assert "1.50" in said.text


async def test_others_may_ask_also_where_they_could_not_name_the_run(
    classroom: Classroom, run: Run, seen: Seen, mei: Learner
) -> None:
    answer = await classroom.predict(LOCAL, b"picture", None)
    with pytest.raises(ClassroomError):
        await classroom.predict(mei, b"picture", run.path.name)
    said = await classroom.why(mei, target_of(answer, "why"))
    assert CHINESE.search(said.text)
    assert "local" in said.text
    assert (await classroom.without(mei, target_of(answer, "without", "inverting"))).text


@pytest.mark.parametrize("kind", ["without", "why"])
async def test_a_picture_that_is_gone_and_a_run_that_is(
    classroom: Classroom, run: Run, seen: Seen, settings: Settings, kind: str
) -> None:
    answer = await classroom.predict(LOCAL, b"picture", None)
    ask: Callable[[Learner, str], Awaitable[Answer]] = getattr(classroom, kind)
    for target in ("0123456789abcdef", "", "../../etc", "0123456789abcdef-inverting-cutting-out"):
        with pytest.raises(ClassroomError) as caught:
            await ask(LOCAL, target)
        assert caught.value.key == "picture_gone"
    run.path.rename(run.path.with_name(".away"))
    with pytest.raises(ClassroomError) as caught:
        await ask(LOCAL, target_of(answer, "why"))
    assert caught.value.key == "run_lost"


async def test_where_nothing_can_be_kept_the_answer_has_no_buttons(
    classroom: Classroom, run: Run, seen: Seen, settings: Settings
) -> None:
    (settings.tutor_home / "uploads").write_text("in the way")
    answer = await classroom.predict(LOCAL, b"picture", None)
    assert answer.actions == ()
    assert answer.text.startswith("**")
