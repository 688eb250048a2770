"""When a missed question comes back: FSRS with its default parameters, by the first answer of a day only."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from fsrs import Card, Rating, Scheduler

from bot.store import ReviewRow


def reviewed(
    row: ReviewRow | None, learner_id: str, question_id: str, *, right: bool, at: datetime
) -> ReviewRow | None:
    """The new review after an answer; None for a right answer to a question that was never missed.

    A second answer on the same day, in the time zone of this machine, is kept but changes no date.
    """
    if row is None and right:
        return None
    if row is not None and _same_day(row.answered_at, at):
        card = _card(row)
    else:
        card = _card(row) if row is not None else Card(card_id=0, due=at)
        card, _ = Scheduler().review_card(card, Rating.Good if right else Rating.Again, at)
    stored = cast("dict[str, Any]", card.to_dict())
    return ReviewRow(learner_id=learner_id, question_id=question_id, card=stored, due_at=card.due, answered_at=at)


def due(rows: Iterable[ReviewRow], at: datetime) -> list[ReviewRow]:
    """Those to be asked now: due, and not answered since unless that was on another day."""
    return [
        row for row in rows if row.due_at <= at and (row.answered_at < row.due_at or not _same_day(row.answered_at, at))
    ]


def _card(row: ReviewRow) -> Card:
    return Card.from_dict(cast("Any", row.card))


def _same_day(one: datetime, other: datetime) -> bool:
    return one.astimezone().date() == other.astimezone().date()
