"""The pairs of questions before and after the course: equal in kind, and each mistake in their file named."""

from pathlib import Path
from shutil import copytree

import pytest

from bot.questions import Pair, Question, QuestionError, asked, bank
from bot.questions.bank import FOLDER, read_bank
from bot.questions.template import misconceptions_of
from trainer.language import LANGUAGES

each_pair = pytest.mark.parametrize("pair", bank().pairs, ids=lambda pair: pair.before)


def both(pair: Pair) -> tuple[Question, Question]:
    return bank().questions[pair.before], bank().questions[pair.after]


def test_five_pairs_are_about_five_steps_in_their_order() -> None:
    assert [both(pair)[0].step for pair in bank().pairs] == ["load", "preprocess", "build", "train", "predict"]


@each_pair
def test_partners_are_of_one_step_and_kind_and_test_the_same_misconceptions(pair: Pair) -> None:
    before, after = both(pair)
    assert before.step == after.step
    assert before.template.kind == after.template.kind != "picture"
    assert misconceptions_of(before.template) == misconceptions_of(after.template)


@each_pair
def test_partners_share_no_answer_and_need_no_run(pair: Pair) -> None:
    for language in LANGUAGES:
        before, after = (asked(question, {}, "1", language) for question in both(pair))
        assert not {option.text for option in before.options} & {option.text for option in after.options}


def test_the_longest_option_of_a_pair_is_not_a_sign_that_it_is_right() -> None:
    for language in LANGUAGES:
        longest = [
            max(asked(question, {}, "1", language).options, key=lambda option: len(option.text)).right
            for pair in bank().pairs
            for question in both(pair)
        ]
        assert sum(longest) <= len(longest) // 3


def test_a_comment_above_every_pair_says_what_both_test() -> None:
    lines = (FOLDER / "pairs.toml").read_text(encoding="utf-8").splitlines()
    headers = [number for number, line in enumerate(lines) if line == "[[pair]]"]
    assert len(headers) == len(bank().pairs)
    assert [number for number in headers if not lines[number - 1].startswith("# Both test: ")] == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('after = "words-it-has-heard"', 'after = "words"', "pair 1: there is no question words"),
        ('after = "words-it-has-heard"', "", "pair 1: after: Field required"),
        ('after = "words-it-has-heard"', "after = 3", "pair 1: after: "),
        ('after = "words-it-has-heard"', 'afterwards = "words-it-has-heard"', "pair 1: after"),
        ('"words-it-has-heard"', '"mushrooms-it-has-seen"', "pair 1: mushrooms-it-has-seen is paired with itself"),
        ('"words-it-has-heard"', '"images-that-changed-parameters"', "images-that-changed-parameters is about a run"),
        ('"words-it-has-heard"', '"what-is-in-the-files"', "are of different kinds"),
        ('"pear-97-percent"', '"words-it-has-heard"', "pair 5: words-it-has-heard is in another pair too"),
        ("[[pair]]", "[[pairs]]", "pairs: is not a"),
        ("[[pair]]", "[[pair]", "Expected"),
    ],
)
def test_a_mistake_in_a_pair_is_an_error_that_names_it(tmp_path: Path, before: str, after: str, said: str) -> None:
    folder = copytree(FOLDER, tmp_path / "questions")
    path = folder / "pairs.toml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(QuestionError, match=r"^pairs\.toml: ") as error:
        read_bank(folder)
    assert said in str(error.value)


def test_a_missing_file_of_pairs_is_an_error_that_names_it(tmp_path: Path) -> None:
    folder = copytree(FOLDER, tmp_path / "questions")
    (folder / "pairs.toml").unlink()
    with pytest.raises(QuestionError, match=r"^pairs\.toml: "):
        read_bank(folder)
