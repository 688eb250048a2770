"""Questions to steps and passages, with the real index."""

import os
import random
from pathlib import Path

import pytest

from bot.search import passages
from bot.search.index import Index
from bot.search.rows import OUTSIDE, rows
from tests.benchmarks.questions import Score, learner_questions
from trainer import STEPS
from trainer.language import LANGUAGES

LEARNERS = os.environ.get("LEARNER_QUESTIONS")


def test_the_passages_of_the_languages_correspond() -> None:
    first = passages(LANGUAGES[0])
    for language in LANGUAGES[1:]:
        assert [(one.key, one.step) for one in passages(language).values()] == [
            (one.key, one.step) for one in first.values()
        ]
    assert {one.step for one in first.values()} == set(STEPS)
    assert all(one.text for language in LANGUAGES for one in passages(language).values())


def test_every_row_leads_to_a_passage() -> None:
    known = {*passages("en"), OUTSIDE}
    every = rows()
    assert {row.passage for row in every} <= known
    asked = [row.text.strip().lower() for row in every if row.question]
    assert max(map(asked.count, asked)) <= len(LANGUAGES)
    assert len(asked) > 1000


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("批次", "train"),  # two characters
        ("seed", "evaluate"),
        ("softmax 是啥", "build"),  # mixed
        ("what is 混淆矩阵", "evaluate"),
        ("overffiting?", "train"),  # typing errors
        ("what does the optimzer do", "compile"),
        ("损失寒数", "compile"),
        ("為什麼要除以 255？", "preprocess"),  # traditional characters
        ("WHY IS IT 1875/1875", "train"),
        ("why does it always answer bag on my photos?", "predict"),
    ],
)
def test_questions_as_people_type_them(index: Index, question: str, step: str) -> None:
    found = index.search(question)
    assert not found.outside
    assert found.steps[0] == step
    assert len(found.steps) == len(set(found.steps)) == 3
    assert all(key in passages("en") for key in found.passages)


@pytest.mark.parametrize(
    "question", ["how do I repair my bicycle", "明天会下雨吗", "who wrote Hamlet", "推荐一部电视剧"]
)
def test_what_the_course_does_not_answer(index: Index, question: str) -> None:
    assert index.search(question).outside


@pytest.mark.parametrize(
    ("question", "figures"),
    [
        ("why did my loss rise", "curve"),
        ("which class is worst", "worst"),
        ("is 0.88 good?", "accuracy"),
        ("how long did it take me", "time"),
        ("我的网络哪一类最差", "worst"),
        ("我的网络有多少参数", "parameters"),
    ],
)
def test_questions_about_the_own_run(index: Index, question: str, figures: str) -> None:
    assert figures in index.search(question).figures


@pytest.mark.parametrize("question", ["what is a convolution", "what is a batch", "梯度是什么", "what does Flatten do"])
def test_questions_about_no_run(index: Index, question: str) -> None:
    assert index.search(question).figures == ()


def test_anything_typed_is_answered(index: Index) -> None:
    rng = random.Random(0)  # noqa: S311 no secret
    signs = "aZ9 .,?!'\"*()-:/\\\n\t\x00批次\u3000😀é"
    for length in (0, 1, 2, 30, 300):
        for _ in range(5):
            found = index.search("".join(rng.choices(signs, k=length)))
            assert len(found.steps) == 3


def test_questions_of_learners(index: Index) -> None:
    """LEARNER_QUESTIONS: questions that the index was not made from, see tests/README.md."""
    if not LEARNERS:
        pytest.skip("LEARNER_QUESTIONS is not set: the questions of learners are not here")
    asked = learner_questions(Path(LEARNERS))
    score = Score.of([(one, index.search(one.question)) for one in asked])
    assert score.first >= 0.85, score
    assert score.three >= 0.95, score
    assert score.refused_outside >= 0.80, score
    assert score.refused_inside <= 0.02, score
