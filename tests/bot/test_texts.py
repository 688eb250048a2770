"""The catalogues: both languages say the same things, and what they say can be filled in."""

import re
from string import Formatter

import pytest

from bot.texts import texts
from trainer.language import LANGUAGES, Catalogue, Language, sentences

CATALOGUES = {"bot": texts, "trainer": sentences}
HAN = re.compile(r"[\u4e00-\u9fff]")
# ASCII punctuation straight after or before a Chinese character; a bullet or a figure may follow one.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?](?!\w)|[\u4e00-\u9fff]\.(\s|$)")


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("name", CATALOGUES)
def test_both_languages_have_the_same_keys(name: str) -> None:
    catalogue = CATALOGUES[name]()
    keys = [set(catalogue.keys(language)) for language in LANGUAGES]
    assert keys[0] == keys[1], sorted(keys[0] ^ keys[1])
    assert keys[0]


@pytest.mark.parametrize("name", CATALOGUES)
def test_both_languages_have_the_same_placeholders(name: str) -> None:
    catalogue = CATALOGUES[name]()
    english, chinese = (catalogue.keys(language) for language in LANGUAGES)
    different = [key for key in english if placeholders(english[key]) != placeholders(chinese[key])]
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CATALOGUES)
def test_every_sentence_can_be_filled_in(name: str, language: Language) -> None:
    catalogue: Catalogue = CATALOGUES[name]()
    for key, sentence in catalogue.keys(language).items():
        assert sentence.strip(), key
        said = catalogue(language, key, **dict.fromkeys(placeholders(sentence), 1))
        assert "{" not in said.replace("{{", ""), key


@pytest.mark.parametrize("name", CATALOGUES)
def test_each_language_is_written_in_its_own_script(name: str) -> None:
    catalogue = CATALOGUES[name]()
    assert [key for key, sentence in catalogue.keys("en").items() if HAN.search(sentence)] == []
    assert [key for key, sentence in catalogue.keys("zh-CN").items() if HALF_WIDTH.search(sentence)] == []
    errors = {key: sentence for key, sentence in catalogue.keys("zh-CN").items() if key.startswith("error.")}
    assert [key for key, sentence in errors.items() if not HAN.search(sentence)] == []


def test_errors_end_like_sentences() -> None:
    endings: dict[Language, tuple[str, ...]] = {"en": (".", "!", "?"), "zh-CN": ("。", "！", "？")}
    for catalogue in (factory() for factory in CATALOGUES.values()):
        for language, ends in endings.items():
            errors = {key: text for key, text in catalogue.keys(language).items() if key.startswith("error.")}
            assert [key for key, text in errors.items() if not text.rstrip().endswith(ends)] == []
