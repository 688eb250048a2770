"""An answer on the page: what was asked, its state, text, pictures, buttons, and for a training its epochs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from bot.classroom import Action, Answer, TrainingState, describe
from bot.classroom.answer import Asks, Picture
from bot.classroom.training.download import share_arrived
from bot.store import ArticlePictureRow, ArticleRow
from trainer.language import Language

FINISHED: Final = "finished"  # the state of every answer but that of a training
# What the page calls the states of a training that is at work.
_STATES: Final = {"starting": "running", "evaluating": "running"}
UNFINISHED: Final = ("queued", "running")


@dataclass(frozen=True)
class Epoch:
    """A finished epoch on the training images."""

    epoch: int
    loss: float
    accuracy: float


@dataclass(frozen=True)
class Article:
    """One answer of a visitor's conversation.

    `pictures` have their data only until the article is saved. `done` is the share of a training, in [0, 1].
    """

    visitor_id: str
    command: str
    asked: str  # as a line
    answer: Answer
    state: str = FINISHED
    run_id: str = ""
    epochs: tuple[Epoch, ...] = ()
    planned: int = 0  # epochs of the training
    now: tuple[float, float, float] | None = None  # of a running one: epochs done with fraction, loss, accuracy
    done: float = 0.0
    id: int = 0  # 0: not saved yet; below 0: shown, but the database has failed
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def unfinished(self) -> bool:
        """Whether this is a training that is not over."""
        return self.state in UNFINISHED

    @property
    def actions(self) -> tuple[Action, ...]:
        """The buttons; the page shows fields instead of those that a question has for its letters."""
        hidden = ("answer", "choose", "type", "guess") if self.answer.asks else ()
        return tuple(action for action in self.answer.actions if action.kind not in hidden)

    def answered(self, answer: Answer, command: str, asked: str) -> "Article":
        """The same place in the conversation with another answer."""
        return replace(self, answer=answer, command=command, asked=asked)

    def showing(self, state: TrainingState, language: Language) -> "Article":
        """The article of a training in that state."""
        progress = state.progress
        within = progress.epoch - 1 + progress.step / max(1, progress.steps) if progress else 0.0
        return replace(
            self,
            answer=describe(state, language, drawn=True),
            state=_STATES.get(state.status, state.status),
            run_id=state.run_id,
            epochs=tuple(Epoch(one.epoch, one.loss, one.accuracy) for one in state.epochs) or self.epochs,
            planned=state.config.epochs,
            now=(within, progress.loss, progress.accuracy) if progress and not state.final else None,
            done=share_arrived(state.download) if state.download else state.done,
        )

    def row(self) -> ArticleRow:
        """As it is stored."""
        actions = [vars(action) for action in self.answer.actions]
        epochs = [[one.epoch, one.loss, one.accuracy] for one in self.epochs]
        stored: dict[str, Any] = {
            "text": self.answer.text, "tone": self.answer.tone, "actions": actions,
            "epochs": epochs, "planned": self.planned, "asks": asdict(self.answer.asks) if self.answer.asks else None,
        }  # fmt: skip
        return ArticleRow(
            id=self.id if self.id > 0 else None,  # type: ignore[arg-type] None: a new row
            visitor_id=self.visitor_id,
            command=self.command,
            asked=self.asked,
            state=self.state,
            run_id=self.run_id,
            answer=stored,
            created_at=self.created_at,
        )

    def picture_rows(self) -> list[ArticlePictureRow]:
        """The pictures as they are stored."""
        return [
            ArticlePictureRow(article_id=self.id, position=number, name=one.name, alt=one.alt, data=one.data)
            for number, one in enumerate(self.answer.pictures)
        ]


def stored_article(row: ArticleRow, pictures: Sequence[ArticlePictureRow]) -> Article:
    """The inverse of `Article.row`; the pictures are without data."""
    stored = row.answer
    answer = Answer(
        stored["text"],
        pictures=tuple(Picture(one.name, b"", one.alt) for one in pictures),
        actions=tuple(Action(**action) for action in stored["actions"]),
        tone=stored["tone"],
        asks=_stored_asks(stored.get("asks")),
    )
    return Article(
        visitor_id=row.visitor_id,
        command=row.command,
        asked=row.asked,
        answer=answer,
        state=row.state,
        run_id=row.run_id,
        epochs=tuple(Epoch(*values) for values in stored["epochs"]),
        planned=stored["planned"],
        done=1.0 if row.state == FINISHED else 0.0,
        id=row.id,
        created_at=row.created_at,
    )


def _stored_asks(stored: dict[str, Any] | None) -> Asks | None:
    if stored is None:
        return None
    options = tuple((str(letter), str(text)) for letter, text in stored["options"])
    return Asks(Action(**stored["press"]), stored["kind"], options, stored["hint"])
