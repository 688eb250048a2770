"""What answers a question: paragraphs of the lessons and entries of the glossary, found by words and by meaning."""

from bot.search.found import Figures, Found
from bot.search.passages import Passage, passages
from bot.search.search import Search

__all__ = ["Figures", "Found", "Passage", "Search", "passages"]
