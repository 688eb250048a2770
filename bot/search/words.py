"""Rows ranked by the words they share with a question: SQLite's FTS5, in memory.

Words of alphabets, stemmed, and pairs of Chinese characters stand in columns of their own, each with its own ranking.
(FTS5's trigram tokenizer finds nothing for a word of two Chinese characters.)
"""

import sqlite3
from collections.abc import Iterable
from typing import Final

from bot.search.text import pairs, words

COLUMNS: Final = {"words": words, "pairs": pairs}
_TABLE: Final = """CREATE VIRTUAL TABLE rows USING fts5(words, pairs, tokenize = "porter unicode61 tokenchars '.'")"""


class WordIndex:
    """The rows by their numbers. Not for use in several threads at once."""

    def __init__(self, texts: Iterable[str]) -> None:
        """`texts`: as `bot.search.text.normal` makes them."""
        self._rows = sqlite3.connect(":memory:")
        self._rows.execute(_TABLE)
        self._rows.executemany(
            "INSERT INTO rows(rowid, words, pairs) VALUES (?, ?, ?)",
            ((number, *(" ".join(split(text)) for split in COLUMNS.values())) for number, text in enumerate(texts)),
        )

    def rank(self, column: str, question: str) -> dict[int, float]:
        """BM25 (the larger, the more is shared) of every row that shares a word with a normal question."""
        tokens = dict.fromkeys(COLUMNS[column](question))
        if not tokens:
            return {}
        quoted = " OR ".join(f'"{token}"' for token in tokens)
        found = self._rows.execute("SELECT rowid, -rank FROM rows WHERE rows MATCH ?", (f"{column} : ({quoted})",))
        return dict(found.fetchall())
