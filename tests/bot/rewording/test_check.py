"""What a reworded text may say."""

import pytest

from bot.rewording.check import LONGEST, problem_of

PASSAGES = [
    "`Flatten` puts the 28 × 28 pixels into one row of 784 numbers. Write `keras.Input((28, 28))`.",
    "Together **101 770 parameters**, see `/train epochs:2`. 60 000 / 32 = 1875; the loss is 0.50, `from_logits=True`.",
]


@pytest.mark.parametrize(
    "text",
    [
        "A picture is put into one row of 784 numbers.",
        "There are 101770 parameters, or 101,770, or 101 770.",
        "批次共 １８７５ 个，图像 60000 张。",
        "The loss is 0.5 with `Flatten`, FLATTEN or flatten.",
        "Use `keras.Input((28, 28))` or keras.Input.",
        "Type /train epochs:2 with from_logits=True.",
        "Either/or: and so on, e.g. this.",
    ],
)
def test_what_the_passages_say_may_be_said(text: str) -> None:
    assert problem_of(text.replace("0.5 ", "0.50 "), PASSAGES) == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("It has 785 numbers.", "the number 785"),
        ("It has 7840 numbers.", "the number 7840"),
        ("It has 1 numbers.", "the number 1"),
        ("准确率是 ９０ %。", "the number 90"),
        ("Use `Dense`.", "the code 'Dense'"),
        ("Use model.fit here.", "the code 'model.fit'"),
        ("Call softmax( it ).", "the code 'softmax('"),
        ("Set learning_rate.", "the code 'learning_rate'"),
        ("Take BatchNormalization.", "the code 'BatchNormalization'"),
        ("Type /predict now.", "the code '/predict'"),
        ("Set `epochs:3` now.", "the number 3"),
        ("Set seed:epochs now.", "the code 'seed:epochs'"),
        ("See https://example.org.", "an address"),
        ("See [this](x).", "an address"),
        ("Ask <@everyone> now.", "an address"),
        ("Ask @everyone now.", "an address"),
        ("<html><body>Sign in</body></html>", "an address"),
        (" \n", "empty"),
        ("a" * (LONGEST + 1), "1201 characters"),
    ],
)
def test_what_no_passage_says_is_named(text: str, problem: str) -> None:
    assert problem in problem_of(text, PASSAGES)
