"""What the course keeps of a learner: steps read and done, questions asked and answered, when one is due again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from bot.store.store import Store, keep_learner
from bot.store.tables import ArticleRow, AskedRow, LearnerRow, ProgressRow, ReviewRow, RunRow, UploadRow


class CourseStore:
    """The rows of the course in an open store; every method raises StoreError if the database fails."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def progress(self, learner_id: str) -> dict[str, ProgressRow]:
        """The steps that a learner has read, by name."""
        async with self._store.transaction() as session:
            rows = await session.scalars(select(ProgressRow).where(ProgressRow.learner_id == learner_id))
            return {row.step: row for row in rows}

    async def save_done(self, learner_id: str, step: str, at: datetime, outcome: dict[str, Any] | None) -> None:
        """Note that a step which the learner has read is done; outcome None: it was left out. Else nothing."""
        async with self._store.transaction() as session:
            row = await session.get(ProgressRow, (learner_id, step))
            if row is not None:
                row.done_at, row.outcome = at, outcome

    async def ask(self, row: AskedRow, language: str) -> AskedRow:
        """Insert a question that is put to a learner; returns it with its id."""
        async with self._store.transaction() as session:
            await keep_learner(session, row.learner_id, language)
            session.add(row)
        return row

    async def asked(self, asked_id: int) -> AskedRow | None:
        """The question with this id."""
        async with self._store.transaction() as session:
            return await session.get(AskedRow, asked_id)

    async def open_question(self, learner_id: str, **wanted: str) -> AskedRow | None:
        """The newest question that the learner has not answered; `wanted`: values of its columns."""
        found = select(AskedRow).where(AskedRow.learner_id == learner_id, AskedRow.answered_at.is_(None))
        async with self._store.transaction() as session:
            return await session.scalar(found.filter_by(**wanted).order_by(AskedRow.id.desc()).limit(1))

    async def answers(self, learner_id: str) -> Sequence[AskedRow]:
        """The questions that a learner has answered, in the order of the answers."""
        found = select(AskedRow).where(AskedRow.learner_id == learner_id, AskedRow.answered_at.is_not(None))
        async with self._store.transaction() as session:
            return (await session.scalars(found.order_by(AskedRow.answered_at, AskedRow.id))).all()

    async def save_answer(self, answered: AskedRow, review: ReviewRow | None) -> bool:
        """Write an answer and, with it, when the question is due again; False if it was answered before."""
        values = {
            "answered_at": answered.answered_at, "given": answered.given, "right": answered.right,
            "misconception": answered.misconception,
        }  # fmt: skip
        unanswered = update(AskedRow).where(AskedRow.id == answered.id, AskedRow.answered_at.is_(None))
        async with self._store.transaction() as session:
            changed = await session.execute(unanswered.values(**values))
            if changed.rowcount != 1:  # type: ignore[attr-defined] an update has it
                return False
            if review is not None:
                await session.merge(review)
            return True

    async def review(self, learner_id: str, question_id: str) -> ReviewRow | None:
        """When a question is due again; None if it was never missed."""
        async with self._store.transaction() as session:
            return await session.get(ReviewRow, (learner_id, question_id))

    async def reviews(self, learner_id: str) -> Sequence[ReviewRow]:
        """The questions that come back, the first due first."""
        found = select(ReviewRow).where(ReviewRow.learner_id == learner_id)
        async with self._store.transaction() as session:
            return (await session.scalars(found.order_by(ReviewRow.due_at, ReviewRow.question_id))).all()

    async def save_upload(self, row: UploadRow) -> None:
        """Note whose a kept upload is."""
        async with self._store.transaction() as session:
            await session.merge(row)

    async def drop_uploads(self, before: datetime) -> None:
        """Remove the notes on uploads that are kept no longer."""
        async with self._store.transaction() as session:
            await session.execute(delete(UploadRow).where(UploadRow.created_at < before))

    async def kept_of(self, learner_id: str) -> tuple[Sequence[str], Sequence[str]]:
        """The ids of a learner's runs, finished or not, and of their uploads."""
        async with self._store.transaction() as session:
            runs = (await session.scalars(select(RunRow.id).where(RunRow.owner_id == learner_id))).all()
            uploads = (await session.scalars(select(UploadRow.id).where(UploadRow.learner_id == learner_id))).all()
            return runs, uploads

    async def forget(self, learner_id: str) -> None:
        """Remove every row of a learner, but not their place on the page."""
        async with self._store.transaction() as session:
            for owned in (
                delete(LearnerRow).where(LearnerRow.id == learner_id),  # and with it progress, asked, reviews
                delete(RunRow).where(RunRow.owner_id == learner_id),
                delete(UploadRow).where(UploadRow.learner_id == learner_id),
                delete(ArticleRow).where(ArticleRow.visitor_id == learner_id),
            ):
                await session.execute(owned)
