"""The tables; a change needs a revision in `migrations`.

A run's results are in its folder; its row says who started it, where it is shown and how it ended.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, DateTime, Dialect, Float, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A time, stored in UTC and returned with that time zone, which SQLite does not store."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert to UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Add the time zone UTC if there is none."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


class Table(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Base of all tables; rows are plain records outside the store."""


class RunRow(Table):
    """One training, finished or not."""

    __tablename__ = "runs"
    __table_args__ = (
        Index("runs_by_owner", "owner_id", "status", "finished_at"),
        Index("runs_by_guild", "guild_id", "status", "finished_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(64))
    owner_name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16), index=True)
    session: Mapped[str] = mapped_column(String(64))  # of its bot process, see bot.classroom.training.sessions
    config: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    guild_id: Mapped[str | None] = mapped_column(String(64), default=None)
    channel_id: Mapped[str] = mapped_column(String(64), default="")
    message_id: Mapped[str] = mapped_column(String(64), default="")
    dataset: Mapped[str] = mapped_column(String(32), default="")
    test_accuracy: Mapped[float | None] = mapped_column(Float, default=None)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    reason: Mapped[str] = mapped_column(Text, default="")  # why there is no result: a sentence in `language`


class LearnerRow(Table):
    """A person who used the classroom."""

    __tablename__ = "learners"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    language: Mapped[str] = mapped_column(String(16))
    last_step: Mapped[str] = mapped_column(String(32), default="")


class ProgressRow(Table):
    """A step of the tutorial that a learner has read, and when they first read it and did it."""

    __tablename__ = "progress"

    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[str] = mapped_column(String(32), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)  # done or left out
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)  # of doing it; None: left out


class AskedRow(Table):
    """A question that was put to a learner, and their answer."""

    __tablename__ = "asked"
    __table_args__ = (Index("asked_by_learner", "learner_id", "answered_at"),)

    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id", ondelete="CASCADE"))
    question_id: Mapped[str] = mapped_column(String(64))  # of bot.questions; for the purpose `do`: a step
    purpose: Mapped[str] = mapped_column(String(16))  # see bot.classroom.course.way
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    id: Mapped[int] = mapped_column(primary_key=True, default=None)
    run_id: Mapped[str] = mapped_column(String(64), default="")  # whose figures it is about
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default_factory=dict)  # for the purpose `do`
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    given: Mapped[str] = mapped_column(Text, default="")
    right: Mapped[bool | None] = mapped_column(Boolean, default=None)
    misconception: Mapped[str] = mapped_column(String(64), default="")  # behind a wrong answer


class ReviewRow(Table):
    """When a question that a learner missed is due again, by FSRS."""

    __tablename__ = "reviews"
    __table_args__ = (Index("reviews_by_due", "learner_id", "due_at"),)

    learner_id: Mapped[str] = mapped_column(ForeignKey("learners.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    card: Mapped[dict[str, Any]] = mapped_column(JSON)  # fsrs.Card.to_dict()
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)  # the last time, also when it did not count


class UploadRow(Table):
    """Whose a kept upload is; the file itself is in TUTOR_HOME/uploads."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    learner_id: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FactRow(Table):
    """A value that the bot keeps between starts, such as the hash of its registered commands."""

    __tablename__ = "facts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class VisitorRow(Table):
    """A person on the page: a learner who has joined, or the teacher."""

    __tablename__ = "visitors"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(16))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CookieRow(Table):
    """A browser of a visitor; only the hash of its cookie is kept."""

    __tablename__ = "cookies"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    visitor_id: Mapped[str] = mapped_column(ForeignKey("visitors.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ArticleRow(Table):
    """An answer on the page of one visitor."""

    __tablename__ = "articles"

    visitor_id: Mapped[str] = mapped_column(ForeignKey("visitors.id", ondelete="CASCADE"), index=True)
    command: Mapped[str] = mapped_column(String(32))
    asked: Mapped[str] = mapped_column(Text)  # as a line
    state: Mapped[str] = mapped_column(String(16))  # of a training: its status; otherwise finished
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)  # text, tone and actions
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    id: Mapped[int] = mapped_column(primary_key=True, default=None)
    run_id: Mapped[str] = mapped_column(String(64), default="")  # of a training


class ArticlePictureRow(Table):
    """A picture in an article, as PNG."""

    __tablename__ = "article_pictures"

    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    alt: Mapped[str] = mapped_column(Text)
    data: Mapped[bytes] = mapped_column(LargeBinary)
