"""Runs, learners and their progress in a database; the only package that imports SQLAlchemy."""

from bot.store.page import PageStore
from bot.store.store import Store
from bot.store.tables import (
    ArticlePictureRow,
    ArticleRow,
    CookieRow,
    FactRow,
    LearnerRow,
    ProgressRow,
    RunRow,
    VisitorRow,
)

__all__ = [
    "ArticlePictureRow",
    "ArticleRow",
    "CookieRow",
    "FactRow",
    "LearnerRow",
    "PageStore",
    "ProgressRow",
    "RunRow",
    "Store",
    "VisitorRow",
]
