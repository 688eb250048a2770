"""The glossary: the same terms in every language, three lines each, in the language's own script."""

import re

import pytest

from bot.glossary import glossary
from trainer import STEPS
from trainer.language import LANGUAGES, Language

HAN = re.compile(r"[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?](?!\w)|[\u4e00-\u9fff]\.(\s|$)")
LONGEST_LINE = {"en": 140, "zh-CN": 75}


def test_every_language_has_the_same_terms_in_the_same_steps() -> None:
    places = [[(one.id, one.step) for one in glossary(language)] for language in LANGUAGES]
    assert all(place == places[0] for place in places)
    assert len(places[0]) >= 60
    assert {step for _, step in places[0]} == set(STEPS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_three_short_lines_explain_a_term(language: Language) -> None:
    for one in glossary(language):
        lines = one.text.splitlines()
        assert len(lines) == 3, one.id
        assert all(0 < len(line) <= LONGEST_LINE[language] for line in lines), one.id
        assert all(line.endswith((".", "。")) for line in lines), one.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_written_in_its_own_script(language: Language) -> None:
    for one in glossary(language):
        if language == "en":
            assert not HAN.search(one.term + one.text), one.id
        else:
            assert HAN.search(one.text), one.id
            assert not HALF_WIDTH.search(one.text), one.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_term_has_other_names_and_no_two_have_the_same_word(language: Language) -> None:
    terms = [one.term.lower() for one in glossary(language)]
    assert len(set(terms)) == len(terms)
    for one in glossary(language):
        assert one.names, one.id
        assert any(name.isascii() for name in (one.term, *one.names)), one.id
