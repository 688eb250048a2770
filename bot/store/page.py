"""What the page keeps: its visitors, their cookies, and the articles that they see."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select

from bot.store.store import Store
from bot.store.tables import ArticlePictureRow, ArticleRow, CookieRow, VisitorRow


class PageStore:
    """The rows of the page in an open store; every method raises StoreError if the database fails."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def visitor_of(self, token_sha256: str) -> VisitorRow | None:
        """The visitor with this cookie."""
        async with self._store.transaction() as session:
            return await session.scalar(
                select(VisitorRow).join(CookieRow).where(CookieRow.token_sha256 == token_sha256)
            )

    async def visitors(self) -> Sequence[VisitorRow]:
        """Everybody, in the order in which they came."""
        async with self._store.transaction() as session:
            return (await session.scalars(select(VisitorRow).order_by(VisitorRow.joined_at, VisitorRow.id))).all()

    async def save_visitor(self, visitor: VisitorRow, cookie: CookieRow | None = None) -> None:
        """Insert or replace a visitor, and add a cookie."""
        async with self._store.transaction() as session:
            await session.merge(visitor)
            await session.flush()
            if cookie is not None:
                session.add(cookie)

    async def remove_visitor(self, visitor_id: str) -> None:
        """Remove a visitor with cookies and articles; their runs stay."""
        async with self._store.transaction() as session:
            await session.execute(delete(VisitorRow).where(VisitorRow.id == visitor_id))

    async def articles(self, visitor_id: str, limit: int) -> Sequence[tuple[ArticleRow, Sequence[ArticlePictureRow]]]:
        """A visitor's newest articles with their pictures (without data), oldest first."""
        async with self._store.transaction() as session:
            newest = select(ArticleRow).where(ArticleRow.visitor_id == visitor_id).order_by(ArticleRow.id.desc())
            rows = (await session.scalars(newest.limit(limit))).all()
            ids = [row.id for row in rows]
            wanted = select(
                ArticlePictureRow.article_id, ArticlePictureRow.position, ArticlePictureRow.name, ArticlePictureRow.alt
            ).where(ArticlePictureRow.article_id.in_(ids))
            pictures = (await session.execute(wanted.order_by(ArticlePictureRow.position))).all()
        return [
            (
                row,
                [
                    ArticlePictureRow(article_id=row.id, position=one.position, name=one.name, alt=one.alt, data=b"")
                    for one in pictures
                    if one.article_id == row.id
                ],
            )
            for row in reversed(rows)
        ]

    async def article(self, article_id: int) -> ArticleRow | None:
        """One article."""
        async with self._store.transaction() as session:
            return await session.get(ArticleRow, article_id)

    async def unfinished(self, states: Collection[str]) -> Sequence[ArticleRow]:
        """The articles in one of these states, oldest first."""
        async with self._store.transaction() as session:
            found = select(ArticleRow).where(ArticleRow.state.in_(states)).order_by(ArticleRow.id)
            return (await session.scalars(found)).all()

    async def save_article(self, article: ArticleRow, pictures: Sequence[ArticlePictureRow], keep: int) -> int:
        """Insert an article (id None) or replace it with its pictures; returns its id.

        Of the visitor's articles only the newest `keep` stay.
        """
        async with self._store.transaction() as session:
            merged = await session.merge(article)
            await session.flush()
            await session.execute(delete(ArticlePictureRow).where(ArticlePictureRow.article_id == merged.id))
            for picture in pictures:
                picture.article_id = merged.id
                session.add(picture)
            kept = (
                select(ArticleRow.id)
                .where(ArticleRow.visitor_id == article.visitor_id)
                .order_by(ArticleRow.id.desc())
                .limit(keep)
            )
            await session.execute(
                delete(ArticleRow).where(ArticleRow.visitor_id == article.visitor_id, ArticleRow.id.not_in(kept))
            )
            return merged.id

    async def picture(self, article_id: int, position: int, visitor_id: str) -> ArticlePictureRow | None:
        """A picture with its data, if the article is this visitor's."""
        async with self._store.transaction() as session:
            return await session.scalar(
                select(ArticlePictureRow)
                .join(ArticleRow)
                .where(
                    ArticlePictureRow.article_id == article_id,
                    ArticlePictureRow.position == position,
                    ArticleRow.visitor_id == visitor_id,
                )
            )
