"""Runs, learners and their progress in a database; the only package that imports SQLAlchemy."""

from bot.store.store import Store
from bot.store.tables import FactRow, LearnerRow, ProgressRow, RunRow

__all__ = ["FactRow", "LearnerRow", "ProgressRow", "RunRow", "Store"]
