"""Who may use the page: the teacher by a key, learners by a join code; browsers are known by a cookie."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Final
from unicodedata import category

from bot.classroom import Learner
from bot.classroom.learner import LOCAL, PAGE
from bot.errors import ClassroomError
from bot.store import CookieRow, PageStore, Store, VisitorRow
from trainer.language import Language, language_of

LONGEST_NAME: Final = 40
_KEY: Final = "page:key"
_CODE: Final = "page:join"
_CODE_LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without those that look alike
_CODE_LENGTH: Final = 8
_ODD: Final = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")  # Unicode categories: control, format, line separators
_JOINER: Final = "\u200d"  # between the parts of an emoji
_COOKIES_KEPT: Final = 1000  # in memory


@dataclass(frozen=True)
class Visitor:
    """A person on the page."""

    id: str
    name: str
    language: Language

    @property
    def is_teacher(self) -> bool:
        """Whether this is the teacher, who is the learner of the terminal too."""
        return self.id == LOCAL

    @property
    def learner(self) -> Learner:
        """This person as the use cases know them: in no server, so that nobody sees the runs of others."""
        return Learner(self.id, self.name, self.language, is_teacher=self.is_teacher, room=PAGE)


class People:
    """The visitors of one page. Every method raises StoreError if the database fails."""

    def __init__(self, store: Store) -> None:
        self._facts, self._rows = store, PageStore(store)
        self._known: dict[str, Visitor] = {}  # by the hash of their cookie
        self.key = self.code = ""

    async def open(self) -> None:
        """Read the key and the join code, or draw them at the first start."""
        self.key = await self._fact(_KEY, secrets.token_urlsafe(24))
        self.code = await self._fact(_CODE, _new_code())

    async def _fact(self, name: str, otherwise: str) -> str:
        if value := await self._facts.fact(name):
            return value
        await self._facts.save_fact(name, otherwise)
        return otherwise

    async def of(self, cookie: str) -> Visitor | None:
        """The visitor with this cookie."""
        token = _hash(cookie)
        if token not in self._known:
            row = await self._rows.visitor_of(token)
            if row is None:
                return None
            self._remember(token, _visitor(row))
        return self._known[token]

    def check_key(self, key: str) -> None:
        """Raise ClassroomError `key_wrong` for any other than the teacher's."""
        if not compare_digest(key.encode(), self.key.encode()):
            raise ClassroomError("key_wrong")

    async def teach(self, key: str, language: Language) -> str:
        """Let a browser in as the teacher; returns its cookie. Raises ClassroomError `key_wrong`."""
        self.check_key(key)
        known = next((row for row in await self._rows.visitors() if row.id == LOCAL), None)
        return await self._let_in(Visitor(LOCAL, LOCAL, language_of(known.language) if known else language))

    async def join(self, code: str, name: str, language: Language) -> str:
        """Let a learner in; returns their cookie. Raises ClassroomError (`code_wrong`, `name_missing`, `name_long`,
        `name_odd`).
        """
        if not compare_digest(_plain(code).encode(), self.code.encode()):
            raise ClassroomError("code_wrong")
        return await self._let_in(Visitor(f"page-{secrets.token_hex(6)}", checked_name(name), language))

    async def _let_in(self, visitor: Visitor) -> str:
        cookie, now = secrets.token_urlsafe(32), datetime.now(UTC)
        row = VisitorRow(id=visitor.id, name=visitor.name, language=visitor.language, joined_at=now)
        token = _hash(cookie)
        await self._rows.save_visitor(row, CookieRow(token_sha256=token, visitor_id=visitor.id, created_at=now))
        self._remember(token, visitor)
        return cookie

    async def everybody(self) -> list[Visitor]:
        """All visitors, in the order in which they came."""
        return [_visitor(row) for row in await self._rows.visitors()]

    async def speak(self, visitor: Visitor, language: Language) -> None:
        """Change a visitor's language."""
        for row in await self._rows.visitors():
            if row.id == visitor.id:
                row.language = language
                await self._rows.save_visitor(row)
        self._known = {
            token: replace(one, language=language) if one.id == visitor.id else one
            for token, one in self._known.items()
        }

    async def remove(self, visitor_id: str) -> None:
        """Remove a learner with their articles; their browser is not let in any more. Their runs stay."""
        self._known = {token: one for token, one in self._known.items() if one.id != visitor_id}
        await self._rows.remove_visitor(visitor_id)

    async def renew_code(self) -> None:
        """Draw another join code; who is in stays in."""
        code = _new_code()
        await self._facts.save_fact(_CODE, code)
        self.code = code

    def _remember(self, token: str, visitor: Visitor) -> None:
        if len(self._known) >= _COOKIES_KEPT:
            self._known.pop(next(iter(self._known)))
        self._known[token] = visitor


def checked_name(name: str) -> str:
    """The name on one line; ClassroomError: `name_missing`, `name_long`, `name_odd` for control characters."""
    text = name.strip()
    if any(category(character) in _ODD and character != _JOINER for character in text):
        raise ClassroomError("name_odd")
    if not text:
        raise ClassroomError("name_missing")
    if len(text) > LONGEST_NAME:
        raise ClassroomError("name_long", most=LONGEST_NAME)
    return text


def shown_code(code: str) -> str:
    """The join code in two groups, to be read from a projector: `ABCD-EFGH`."""
    return f"{code[: _CODE_LENGTH // 2]}-{code[_CODE_LENGTH // 2 :]}"


def _plain(code: str) -> str:
    return "".join(character for character in code.upper() if character.isalnum())


def _new_code() -> str:
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _visitor(row: VisitorRow) -> Visitor:
    return Visitor(row.id, row.name, language_of(row.language))
