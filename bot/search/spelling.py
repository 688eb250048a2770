"""Typing errors: a word that the index does not have becomes the nearest one that it has."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from bot.search.text import HAN, pairs, words

SHORTEST: Final = 4  # letters of a word that is corrected
LONG: Final = 8  # letters from which on two errors are allowed
SHORTEST_TERM: Final = 3  # Chinese characters of a term in which one is corrected


class Spelling:
    """The words of the index, and the Chinese terms of the glossary."""

    def __init__(self, texts: Iterable[str], terms: Iterable[str]) -> None:
        """All of them as `bot.search.text.normal` makes them."""
        texts = list(texts)
        self._words = {word for text in texts for word in words(text)}
        self._long: Sequence[str] = sorted(word for word in self._words if len(word) >= SHORTEST and word.isalpha())
        self._pairs = {pair for text in texts for pair in pairs(text)}
        self._terms = sorted(term for term in set(terms) if len(term) >= SHORTEST_TERM and HAN.fullmatch(term))

    def corrected(self, text: str) -> str:
        """The normal text with its unknown words replaced, where there is a word near enough."""
        for word in words(text):
            if word in self._words or len(word) < SHORTEST or not word.isalpha():
                continue
            most = 2 if len(word) >= LONG else 1
            if found := extractOne(word, self._long, scorer=OSA.distance, score_cutoff=most):
                text = re.sub(rf"\b{word}\b", found[0], text)
        return HAN.sub(lambda run: self._term_corrected(run[0]), text)

    def _term_corrected(self, run: str) -> str:
        """Replace what differs from a term in one character that makes no known pair with its neighbours."""
        for term in self._terms:
            size = len(term)
            for start in range(len(run) - size + 1):
                typed = run[start : start + size]
                wrong = [place for place in range(size) if typed[place] != term[place]]
                if len(wrong) == 1 and not any(pair in self._pairs for pair in pairs(typed) if typed[wrong[0]] in pair):
                    run = run[:start] + term + run[start + size :]
        return run
