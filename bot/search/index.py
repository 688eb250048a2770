"""A question of a learner to the steps and passages that answer it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bot.search.found import FIGURES, Found
from bot.search.meaning import Encoder, Meaning, Vectors
from bot.search.passages import passages
from bot.search.rows import OUTSIDE, Row
from bot.search.spelling import Spelling
from bot.search.text import normal
from bot.search.words import COLUMNS, WordIndex
from trainer import STEPS
from trainer.language import LANGUAGES

MOST_STEPS: Final = 3
MOST_PASSAGES: Final = 12
# Chosen by cross-validation (tests/benchmarks/questions.py).
RANK_OFFSET: Final = 1  # of reciprocal rank fusion
MEANING_WEIGHT: Final = 2.0  # beside 1 for words and 1 for pairs
STEP_ROWS: Final = 3  # a step's score is that of its best rows, each counting DECAY of the one before
DECAY: Final = 0.4
ABOUT_RUN: Final = 0.3  # the score from which a question is about the person's own run
_TARGETS: Final = (*STEPS, OUTSIDE, *FIGURES)


class Index:
    """All rows by words, pairs of characters and meaning. Not for use in several threads at once."""

    def __init__(self, rows: Sequence[Row], vectors: Vectors, encoder: Encoder) -> None:
        """vectors: the rows' texts, encoded."""
        self._rows, self._encoder = rows, encoder
        texts = [normal(row.text) for row in rows]
        self._words = WordIndex(texts)
        terms = (name for language in LANGUAGES for one in passages(language).values() for name in one.names)
        self._spelling = Spelling(texts, map(normal, terms))
        self._step_of = {row.passage: row.step for row in rows}
        self._meaning = Meaning(vectors, _targets(rows))

    def search(self, question: str) -> Found:
        """What answers the question; anything else than a question is outside, too."""
        text = self._spelling.corrected(normal(question))
        cosines, targets = self._meaning.rank(self._encoder.encode([text])[0])
        scores = dict(zip(_TARGETS, targets.tolist(), strict=True))
        by_meaning = {step: scores[step] for step in (*STEPS, OUTSIDE)}
        by_words = [self._words.rank(column, text) for column in COLUMNS]
        steps = _fused(
            [(by_meaning, MEANING_WEIGHT), *((self._by_step(found), 1.0) for found in by_words)],
        )
        outside = max(by_meaning, key=by_meaning.__getitem__) == OUTSIDE
        kept = [step for step in steps if step != OUTSIDE][:MOST_STEPS]
        by_cosine = {number: float(cosine) for number, cosine in enumerate(cosines)}
        best = _fused(
            [(self._by_passage(by_cosine), MEANING_WEIGHT), *((self._by_passage(found), 1.0) for found in by_words)]
        )
        return Found(
            tuple(kept),
            tuple(key for key in best if self._step_of[key] in kept)[:MOST_PASSAGES],
            tuple(name for name in sorted(FIGURES, key=scores.__getitem__, reverse=True) if scores[name] > ABOUT_RUN),
            outside,
        )

    def _by_step(self, found: Mapping[int, float]) -> dict[str, float]:
        scores: dict[str, float] = {}
        seen: dict[str, int] = {}
        for number in sorted(found, key=found.__getitem__, reverse=True):
            step = self._rows[number].step
            place = seen[step] = seen.get(step, -1) + 1
            if place < STEP_ROWS:
                scores[step] = scores.get(step, 0.0) + found[number] * DECAY**place
        return scores

    def _by_passage(self, found: Mapping[int, float]) -> dict[str, float]:
        scores: dict[str, float] = {}
        for number, score in found.items():
            key = self._rows[number].passage
            scores[key] = max(score, scores.get(key, score))
        return scores


def load_index(rows: Sequence[Row], folder: Path) -> Index:
    """The index of these rows; their vectors are kept in `folder`. Takes one to ten seconds. Raises OSError."""
    encoder = Encoder()
    return Index(rows, encoder.encode_kept([row.text for row in rows], folder), encoder)


def _targets(rows: Sequence[Row]) -> np.ndarray:
    return np.array([[target in (row.step, row.figures) for target in _TARGETS] for row in rows])


def _fused(rankings: Iterable[tuple[Mapping[str, float], float]]) -> list[str]:
    """Reciprocal rank fusion: the places in several rankings, each with its weight, as one order."""
    scores: dict[str, float] = {}
    for ranking, weight in rankings:
        for place, name in enumerate(sorted(ranking, key=ranking.__getitem__, reverse=True)):
            scores[name] = scores.get(name, 0.0) + weight / (RANK_OFFSET + place + 1)
    return sorted(scores, key=scores.__getitem__, reverse=True)
