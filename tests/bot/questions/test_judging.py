"""Judging answers as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ClassroomError
from bot.questions import Asked, asked, bank, judge
from bot.questions.typed import TypedUnit, letters, numbers
from trainer.language import LANGUAGES, Language


def ask(name: str, language: Language = "en", seed: str = "1") -> Asked:
    return asked(bank().questions[name], {}, seed, language)


def key_of(one: Asked, misconception: str | None) -> str:
    return next(option.key for option in one.options if option.misconception == misconception)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_right_answer_is_explained(language: Language) -> None:
    one = ask("why-two-sets", language)
    judged = judge(one, one.right)
    assert judged.right
    assert judged.misconception is None
    assert judged.step == "load"
    assert one.why in judged.text
    assert {"en": "Right.", "zh-CN": "正确。"}[language] in judged.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_answer_gets_the_cure_of_its_misconception_and_the_step_to_read(language: Language) -> None:
    one = ask("why-two-sets", language)
    judged = judge(one, key_of(one, "tuned-on-test"))
    known = bank().misconceptions["tuned-on-test"]
    assert not judged.right
    assert judged.misconception == "tuned-on-test"
    assert judged.step == known.step == "evaluate"
    assert known.cure.texts[language] in judged.text
    assert judged.passage == known.passage.texts[language]
    assert "/explain step:evaluate" in judged.text
    right = next(option for option in one.options if option.right)
    assert f"{right.key} {right.text}" in judged.text
    assert one.why in judged.text
    assert len(judged.text.encode()) < 3000


def test_every_question_without_a_run_is_judged_as_marked() -> None:
    for question in bank().questions.values():
        if question.needs_run:
            continue
        for language in LANGUAGES:
            one = asked(question, {}, "3", language)
            right = one.expected.fact.shown(language) if one.expected else one.right
            assert judge(one, right).right, question.id
            for option in one.options if one.kind in ("one", "picture") else ():
                assert judge(one, option.key).misconception == option.misconception
                assert judge(one, option.text).right == option.right
            for because, number in one.expected.wrong if one.expected else ():
                assert judge(one, str(number)).misconception == because
            if one.kind == "order":
                assert judge(one, one.right[::-1]).misconception == one.otherwise


def test_all_that_apply_needs_all_and_no_other() -> None:
    one = ask("what-is-scaled")
    right, wrong = [*one.right], [option.key for option in one.options if not option.right]
    assert judge(one, f"{right[1]}, {right[0].lower()}").right
    assert judge(one, right[0]).misconception == next(o.misconception for o in one.options if o.key == right[1])
    with_wrong = judge(one, "".join([*right, wrong[0]]))
    assert with_wrong.misconception == next(o.misconception for o in one.options if o.key == wrong[0])


@pytest.mark.parametrize("given", ["", "E", "a b", "AA", "yes", "the second one", "2", "😀", "a" * 5000])
def test_what_is_no_letter_is_answered_with_how_to_answer(given: str) -> None:
    with pytest.raises(ClassroomError) as error:
        judge(ask("why-two-sets"), given)
    assert error.value.key == "answer_one"
    assert "A, B, C, D" in error.value.sentence("zh-CN")


@pytest.mark.parametrize(("name", "given"), [("one-step", "ABC"), ("one-step", "ABCC"), ("what-is-scaled", "A A")])
def test_letters_that_are_missing_or_twice_are_no_answer(name: str, given: str) -> None:
    with pytest.raises(ClassroomError, match=r"letters") as error:
        judge(ask(name), given)
    assert error.value.key == f"answer_{ask(name).kind}"


@pytest.mark.parametrize("given", ["", "many", "1 or 2", "313/313", "12 34", "1,2,3", "B", "9" * 500, "½ ½"])
def test_what_is_no_number_is_answered_with_how_to_answer(given: str) -> None:
    with pytest.raises(ClassroomError, match="one number"):
        judge(ask("what-313-means"), given)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("b", "B"),
        (" B. ", "B"),
        ("(b)", "B"),
        ("Ｂ", "B"),
        ("选 B", "B"),
        ("a, c", "AC"),
        ("A and C", "AC"),
        ("A、C", "AC"),
        ("A 和 C", "AC"),
        ("b-d-a-c", "BDAC"),
        ("bad", "BAD"),
        ("be", ""),
        ("A or x", ""),
    ],
)
def test_letters_are_read_as_people_type_them(text: str, found: str) -> None:
    assert letters(text) == found


@pytest.mark.parametrize(
    ("text", "unit", "meant"),
    [
        ("1875", "count", {1875}),
        ("1,875", "count", {1875}),
        ("1 875", "count", {1875}),
        ("1\u00a0875", "count", {1875}),
        ("1\u202f875 steps", "count", {1875}),
        ("1.875", "count", {1.875, 1875}),
        ("1'875", "count", {1875}),
        ("１８７５", "count", {1875}),
        ("１，８７５ 步", "count", {1875}),
        ("≈ 1875.", "count", {1875}),
        ("一共 1875 步", "count", {1875}),
        ("6万", "count", {60_000}),
        ("1.2 万", "count", {12_000}),
        ("60k", "count", {60_000}),
        ("7,840,000", "count", {7_840_000}),
        ("7 840 000", "count", {7_840_000}),
        ("7.840.000", "count", {7_840_000}),
        ("-3", "count", {-3}),
        ("−3", "count", {-3}),
        ("88 %", "count", set()),
        ("0.88", "percent", {0.88, 88}),
        ("0,88", "percent", {0.88, 88}),
        (".88", "percent", {0.88, 88}),
        ("88", "percent", {88}),
        ("88 %", "percent", {88}),
        ("88％", "percent", {88}),
        ("百分之88", "percent", {88}),
        ("0.9 %", "percent", {0.9}),
        ("2.9", "points", {2.9}),
        ("2,9 points", "points", {2.9}),
        ("0.029", "points", {0.029, 2.9}),
        ("0.693", "decimal", {0.693}),
        ("0,693", "decimal", {0.693}),
        ("69.3 %", "decimal", {0.693}),
        ("2.30", "decimal", {2.3}),
    ],
)
def test_numbers_are_read_as_people_type_them(text: str, unit: TypedUnit, meant: set[float]) -> None:
    assert {round(number, 9) for number in numbers(text, unit)} == meant


@given(st.integers(0, 10**9))
def test_whole_numbers_are_read_in_every_grouping(number: int) -> None:
    for text in (
        f"{number}",
        f"{number:,}",
        f"{number:_}",
        f"{number:,}".replace(",", " "),
        f"{number:,}".replace(",", "."),
    ):
        assert number in numbers(text, "count")


@given(st.text(max_size=40))
def test_any_text_is_judged_or_refused_with_a_sentence(text: str) -> None:
    for name in ("why-two-sets", "what-is-scaled", "one-step", "what-313-means", "loss-of-a-half"):
        try:
            assert judge(ask(name), text).text
        except ClassroomError as error:
            assert error.sentence("en")
            assert error.sentence("zh-CN")
