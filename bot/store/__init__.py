"""Runs, learners and their progress in a database; the only package that imports SQLAlchemy."""

from bot.store.course import CourseStore
from bot.store.page import PageStore
from bot.store.store import Store
from bot.store.tables import (
    ArticlePictureRow,
    ArticleRow,
    AskedRow,
    CookieRow,
    FactRow,
    LearnerRow,
    ProgressRow,
    ReviewRow,
    RunRow,
    UploadRow,
    VisitorRow,
)

__all__ = [
    "ArticlePictureRow",
    "ArticleRow",
    "AskedRow",
    "CookieRow",
    "CourseStore",
    "FactRow",
    "LearnerRow",
    "PageStore",
    "ProgressRow",
    "ReviewRow",
    "RunRow",
    "Store",
    "UploadRow",
    "VisitorRow",
]
