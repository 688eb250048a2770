"""Lines typed in the terminal classroom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.line import TYPED, LineError, parse


def test_options_are_converted() -> None:
    command = parse("/train epochs:2 seed:1 learning_rate:0.01")
    assert command.name == "train"
    assert command.options == {"epochs": 2, "seed": 1, "learning_rate": 0.01}


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ('/predict image:"my shoe.png"', "my shoe.png"),
        ("/predict 'my shoe.png'", "my shoe.png"),
        (r"/predict image:C:\pictures\shoe.png", r"C:\pictures\shoe.png"),
        (r"/predict C:\pictures\shoe.png", r"C:\pictures\shoe.png"),
        ("/predict image：鞋子.png", "鞋子.png"),
        ("／predict image：“我的 鞋子.png”", "我的 鞋子.png"),
        ("、predict 「我的 鞋子.png」", "我的 鞋子.png"),
        ("/predict image:‘my shoe.png’", "my shoe.png"),
        (r"/predict image:/pictures/my\ shoe.png", r"/pictures/my\ shoe.png"),  # resolved when the file is read
        ("/predict image:my shoe.png", "my shoe.png"),
        ("/predict image: my shoe.png", "my shoe.png"),
        ("/predict image:Ada's shoe.png", "Ada's shoe.png"),
        ("/predict image:\"Ada's, Bob's.png\"", "Ada's, Bob's.png"),
        ("/predict image:Ada’s.png", "Ada’s.png"),
        (r"/predict image:a\'b.png", r"a\'b.png"),
        (r"/predict 'a'\''b c.png'", r"a\'b c.png"),
        ("/predict image:『我的 鞋子.png』", "我的 鞋子.png"),
        ("/predict image：”我的 鞋子.png”", "我的 鞋子.png"),
        ("/predict image:ＡＢ，１.png", "ＡＢ，１.png"),
        ("/predict image:a=b.png", "a=b.png"),
        (r"/predict image:\\?\C:\pictures\shoe.png", r"\\?\C:\pictures\shoe.png"),
        ("/predict image:\udce9.png", "\udce9.png"),  # a name that is not text, or a line in another encoding
        ("/predict file:///pictures/my%20shoe.png", "file:///pictures/my%20shoe.png"),
    ],
)
def test_paths_keep_spaces_and_backslashes(line: str, path: str) -> None:
    assert parse(line).options == {"image": path}


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("／ｔｒａｉｎ　ｅｐｏｃｈｓ：２　ｓｅｅｄ：１", {"epochs": 2, "seed": 1}),
        ("/train epochs:2，seed:1", {"epochs": 2, "seed": 1}),
        ("、train epochs：2、seed：1；batch_size：６４", {"epochs": 2, "seed": 1, "batch_size": 64}),
        ("/train epochs: 2, seed: 1", {"epochs": 2, "seed": 1}),
        ("/train epochs=2 seed＝1", {"epochs": 2, "seed": 1}),
        ("/TRAIN Ｅｐｏｃｈｓ：2 augment：ｙｅｓ", {"epochs": 2, "augment": True}),
        ("/train ｆａｓｔ", {"recipe": "fast"}),
    ],
)
def test_what_chinese_keyboards_type(line: str, options: dict[str, object]) -> None:
    assert parse(line).name == "train"
    assert parse(line).options == options


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("train", "not_a_command"),
        ("/", "command_unknown"),
        ("/fly", "command_unknown"),
        ("/train epoch:3", "option_unknown"),
        ("/help now", "option_unknown"),
        ("/train epochs:1 epochs:2", "option_twice"),
        ("/train epochs:many", "option_value"),
        ('/predict image:"shoe', "quote_open"),
        ("/predict image:“shoe", "quote_open"),
        ("/train recipe:\udce9", "line_encoding"),
        ("/\udce9", "line_encoding"),
        ("\udce9", "line_encoding"),
        ("/predict image:a.png image:b.png", "option_twice"),
        ("/predict image:" + "x" * 5000, "line_too_long"),
    ],
)
def test_what_cannot_be_understood_is_said(line: str, key: str) -> None:
    with pytest.raises(LineError) as caught:
        parse(line)
    assert caught.value.key == key
    assert caught.value.sentence("en") != caught.value.sentence("zh-CN")


@given(st.text())
def test_any_line_is_a_command_or_a_sentence(text: str) -> None:
    try:
        command = parse("/" + text)
    except LineError as error:
        assert error.sentence("zh-CN")
    else:
        assert command.name in TYPED


@given(st.text(st.characters(exclude_characters='"', exclude_categories=("Cs",)), min_size=1))
def test_a_quoted_value_arrives_unchanged(value: str) -> None:
    assert parse(f'/predict image:"{value}"').options["image"] == value
