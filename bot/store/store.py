"""The store: runs, learners, progress and facts in any database with an async driver for SQLAlchemy."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Self

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bot.errors import StoreError
from bot.store.migrate import migrate
from bot.store.opening import open_engine, sqlite_folder, store_error
from bot.store.tables import FactRow, LearnerRow, ProgressRow, RunRow


class Store:
    """One database; `open` it first. Every method raises StoreError if the database fails.

    Args:
        url: any SQLAlchemy async URL (`Settings.database`).
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    async def open(self) -> None:
        """Bring the schema to that of this version, or create it."""
        try:
            if folder := sqlite_folder(self._engine.url):
                folder.mkdir(parents=True, exist_ok=True)
            await migrate(self._engine)
            await self._mark_opened()
        except (SQLAlchemyError, OSError) as error:
            await self._engine.dispose()
            raise store_error(error, self._engine.url) from error
        except StoreError:
            await self._engine.dispose()
            raise

    async def _mark_opened(self) -> None:
        """Written at every start, so that a read-only database is noticed here and not during a command."""
        async with self._sessions.begin() as session:
            await session.merge(FactRow(key="opened_at", value=datetime.now(UTC).isoformat()))

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def save_run(self, row: RunRow) -> None:
        """Insert the run, or replace the row with its id."""
        async with self.transaction() as session:
            await session.merge(row)

    async def run(self, run_id: str) -> RunRow | None:
        """The run with this id, or None."""
        async with self.transaction() as session:
            return await session.get(RunRow, run_id)

    async def known_runs(self, run_ids: Collection[str]) -> set[str]:
        """Those of the ids that have a row."""
        async with self.transaction() as session:
            return set(await session.scalars(select(RunRow.id).where(RunRow.id.in_(run_ids))))

    async def finished_runs(
        self, *, owner_id: str | None = None, guild_id: str | None = None, limit: int = 100
    ) -> Sequence[RunRow]:
        """Finished runs of that owner or that server (either is enough), newest first."""
        wanted = select(RunRow).where(
            RunRow.status == "finished",
            ((RunRow.owner_id == owner_id) & (owner_id is not None))
            | ((RunRow.guild_id == guild_id) & (guild_id is not None)),
        )
        async with self.transaction() as session:
            rows = await session.scalars(wanted.order_by(RunRow.finished_at.desc(), RunRow.id.desc()).limit(limit))
            return rows.all()

    async def unfinished_runs(self, statuses: Collection[str]) -> Sequence[RunRow]:
        """Runs in one of these statuses, oldest first."""
        async with self.transaction() as session:
            rows = await session.scalars(select(RunRow).where(RunRow.status.in_(statuses)).order_by(RunRow.id))
            return rows.all()

    async def runs_before(self, moment: datetime, guild_id: str | None = None) -> Sequence[RunRow]:
        """Finished runs that ended before then, of one server or of all, the oldest first."""
        wanted = select(RunRow).where(RunRow.status == "finished", RunRow.finished_at < moment)
        if guild_id is not None:
            wanted = wanted.where(RunRow.guild_id == guild_id)
        async with self.transaction() as session:
            return (await session.scalars(wanted.order_by(RunRow.finished_at))).all()

    async def remove_runs(self, run_ids: Collection[str]) -> None:
        """Delete the rows of these runs."""
        async with self.transaction() as session:
            await session.execute(delete(RunRow).where(RunRow.id.in_(run_ids)))

    async def save_step(self, learner_id: str, language: str, step: str) -> None:
        """Save a learner's latest step, their language, and the time at which they first read the step."""
        async with self.transaction() as session:
            learner = await keep_learner(session, learner_id, language)
            learner.last_step = step
            if await session.get(ProgressRow, (learner_id, step)) is None:
                session.add(ProgressRow(learner_id=learner_id, step=step, seen_at=datetime.now(UTC)))

    async def learner(self, learner_id: str) -> LearnerRow | None:
        """The learner with this id, or None."""
        async with self.transaction() as session:
            return await session.get(LearnerRow, learner_id)

    async def steps_seen(self, learner_id: str) -> set[str]:
        """The steps that a learner has read."""
        async with self.transaction() as session:
            return set(await session.scalars(select(ProgressRow.step).where(ProgressRow.learner_id == learner_id)))

    async def fact(self, key: str) -> str | None:
        """The value of a fact, or None."""
        async with self.transaction() as session:
            row = await session.get(FactRow, key)
            return row.value if row else None

    async def facts(self, prefix: str) -> dict[str, str]:
        """All facts whose key begins with `prefix`."""
        async with self.transaction() as session:
            rows = await session.scalars(select(FactRow).where(FactRow.key.startswith(prefix, autoescape=True)))
            return {row.key: row.value for row in rows}

    async def save_fact(self, key: str, value: str) -> None:
        """Save a fact, replacing the old value."""
        async with self.transaction() as session:
            await session.merge(FactRow(key=key, value=value))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session with one transaction, which is committed at the end."""
        try:
            async with self._sessions.begin() as session:
                yield session
        except (SQLAlchemyError, OSError) as error:
            raise store_error(error, self._engine.url) from error


async def keep_learner(session: AsyncSession, learner_id: str, language: str) -> LearnerRow:
    """The learner's row with their language, new for somebody unknown."""
    row = await session.get(LearnerRow, learner_id)
    if row is None:
        row = LearnerRow(id=learner_id, language=language)
        session.add(row)
    row.language = language
    await session.flush()
    return row
