"""Runs, learners and progress in a database; the only room that knows SQLAlchemy."""

from bot.store.store import Store
from bot.store.tables import FactRow, LearnerRow, ProgressRow, RunRow

__all__ = ["FactRow", "LearnerRow", "ProgressRow", "RunRow", "Store"]
