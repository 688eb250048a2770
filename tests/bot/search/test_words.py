"""What is compared of a text, and typing errors."""

import pytest

from bot.search.spelling import Spelling
from bot.search.text import normal, pairs, words
from bot.search.words import WordIndex


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("What's 60 000 / 32?", ["whats", "60000", "32"]),
        ("101,770 parameters", ["101770", "parameters"]),
        ("learning_rate=0.001", ["learning", "rate", "0.001"]),
        ("ＲｅＬＵ？", ["relu"]),
        ("softmax是啥", ["softmax"]),
    ],
)
def test_words(text: str, compared: list[str]) -> None:
    assert words(normal(text)) == compared


def test_pairs_of_chinese_characters() -> None:
    assert pairs(normal("訓練集、批次 ok 轮")) == ["训练", "练集", "批次", "轮"]
    assert pairs("none") == []


def test_two_chinese_characters_are_found() -> None:
    index = WordIndex(["一个批次有 32 张", "学习率太大", "batches of images"])
    assert set(index.rank("pairs", "批次")) == {0}
    assert set(index.rank("words", "batch")) == {2}
    assert index.rank("words", "批次") == {}
    assert index.rank("pairs", "") == {}


def test_no_text_is_an_error_in_the_index() -> None:
    index = WordIndex(["a text"])
    for text in ('"', "* OR NEAR(", "words : x", "'; DROP TABLE rows", "NOT", "\x00"):
        assert index.rank("words", normal(text)) in ({}, {0: pytest.approx(0, abs=9)})


def test_typing_errors_become_the_nearest_known_word() -> None:
    spelling = Spelling(
        [normal("a convolution, an optimizer, coats"), "卷积核在图上", "过拟合 欠拟合"], ["卷积核", "过拟合", "欠拟合"]
    )
    assert spelling.corrected("what is a convolutoin") == "what is a convolution"
    assert spelling.corrected("optimiser 0.88 puppy") == "optimizer 0.88 puppy"
    assert spelling.corrected("卷机核是什么") == "卷积核是什么"
    assert spelling.corrected("过拟合和欠拟合") == "过拟合和欠拟合"
    assert spelling.corrected("cats") == "coats"  # near enough, four letters
