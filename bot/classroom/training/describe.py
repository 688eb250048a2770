"""The message of a training, from its position in the queue to its result."""

from collections.abc import Iterable
from typing import Any, Final

from bot.classroom.answer import Action, Answer, Tone
from bot.classroom.result import gap_sentence, guess_sentence, practice_notice
from bot.classroom.training.download import arrived, share_arrived
from bot.classroom.training.state import TrainingState
from bot.classroom.wording import clipped, duration, epochs_text, fraction, right
from bot.texts import texts
from trainer.config import Config
from trainer.events import EpochEnded
from trainer.language import Language

BAR_COLUMNS: Final = 20
TABLE_ROWS: Final = 6  # the last epochs: a message should fit a phone's screen
LONGEST_REASON: Final = 600
LONGEST_LOSS: Final = 999.9  # with four decimals
_COLUMNS: Final = (("epoch", 7), ("loss", 9), ("accuracy", 10))  # 26 columns: fits a phone in portrait
_TONES: Final[dict[str, Tone]] = {"finished": "good", "failed": "warning", "interrupted": "warning"}


def describe(state: TrainingState, language: Language, *, drawn: bool = False) -> Answer:
    """The message of a training in this state.

    drawn: the front end itself draws the progress and the epochs, so they are left out of the text.

    Before the result it shows figures of the training data only and does not contain the word "test": the README
    promises that the first number after that word is the test accuracy.
    """
    if state.status == "finished":
        return _finished(state, language)
    if state.final:
        again = Action("train", texts()(language, "classroom.train_again"))
        tone = _TONES.get(state.status, "plain")
        return Answer(_joined(_ended(state, language, drawn=drawn)), actions=(again,), tone=tone)
    cancel = Action("cancel", texts()(language, "classroom.cancel"), target=state.run_id)
    return Answer(_joined(_unfinished(state, language, drawn=drawn)), actions=(cancel,), tone="running")


def _unfinished(state: TrainingState, language: Language, *, drawn: bool) -> Iterable[str]:
    say = texts()
    yield _heading(state, language)
    if state.download is not None:
        yield "" if drawn else _bar(share_arrived(state.download))
        yield say(language, "train.downloading", **arrived(state.download))
    elif state.status == "starting":
        yield say(language, "train.starting_more")
    elif state.status == "queued":
        yield from waiting(state, language)
    if state.status in ("running", "evaluating"):
        yield "" if drawn else _bar(state.done)
        yield _now(state, language)
        yield "" if drawn else _table(state.epochs, language)
    yield practice_notice(state.dataset, language)
    yield _settings(state.config, state.dataset, language)
    yield say(language, "classroom.run", run=state.run_id)


def _heading(state: TrainingState, language: Language) -> str:
    epochs = state.config.epochs
    values: dict[str, Any] = {"position": state.position, "epochs": epochs}
    key = state.status
    if state.status == "queued" and state.position < 1:
        key = "queued_soon"
    elif state.status == "running":
        values["epoch"] = max(1, state.progress.epoch if state.progress else len(state.epochs))
    return texts()(language, f"train.{key}", **values)


def waiting(state: TrainingState, language: Language) -> Iterable[str]:
    """Why a training waits and, if that can be said, for how long; nothing while its place is unknown."""
    if state.position < 1:
        return
    say = texts()
    own, others = state.ahead
    who = "class" if state.owner.class_id else "person"
    if own and others:
        yield say(language, f"train.ahead.{who}_and_others", own=own, others=others)
    elif own:
        yield say(language, f"train.ahead.{who}", own=own)
    elif others:
        yield say(language, "train.ahead.others", others=others)
    elif state.position == 1:
        yield say(language, "train.ahead.none")
    if state.minutes is not None:
        when = {0: "now", 1: "one"}.get(state.minutes, "many")
        yield say(language, f"train.starts.{when}", minutes=state.minutes)


def _bar(done: float) -> str:
    """A share in [0, 1] as a bar."""
    full = int(BAR_COLUMNS * done)
    return f"`{'█' * full}{'░' * (BAR_COLUMNS - full)}` {int(100 * done)} %"


def _now(state: TrainingState, language: Language) -> str:
    if state.progress is None:
        return ""
    say = texts()
    loss, accuracy = f"{state.progress.loss:.4f}", fraction(state.progress.accuracy)
    now = say(language, "train.now", loss=loss, accuracy=accuracy)
    if state.remaining_s is None or state.status != "running":
        return now
    return f"{now} · {say(language, 'train.left', left=duration(state.remaining_s, language))}"


def _table(epochs: tuple[EpochEnded, ...], language: Language) -> str:
    """The last epochs on the training data, at most 34 columns wide."""
    if not epochs:
        return ""
    rows = [[texts()(language, f"train.{name}_column") for name, _ in _COLUMNS]]
    rows += [[str(epoch.epoch), _loss(epoch.loss), fraction(epoch.accuracy)] for epoch in epochs[-TABLE_ROWS:]]
    lines = ["".join(right(cell, width) for cell, (_, width) in zip(row, _COLUMNS, strict=True)) for row in rows]
    return "\n".join(("```", *lines, "```"))


def _loss(value: float) -> str:
    """A loss in at most eight columns, however large."""
    return f"{value:.4f}" if value < LONGEST_LOSS else f"{value:.2e}"


def _settings(config: Config, dataset: str, language: Language) -> str:
    say = texts()
    augmented = say(language, "train.augmented") if config.augment else ""
    values = config.to_record() | {"learning_rate": f"{config.learning_rate:g}", "augmented": augmented}
    if not dataset:
        return say(language, "train.settings_no_dataset", **values)
    return say(language, "train.settings", **values | {"dataset": say(language, f"classroom.dataset.{dataset}")})


def _ended(state: TrainingState, language: Language, *, drawn: bool) -> Iterable[str]:
    say = texts()
    yield say(language, f"train.{state.status}")
    if state.status == "cancelled":
        yield say(language, "train.cancelled_more")
    else:
        reason = clipped(state.reason, LONGEST_REASON) or say(language, "train.reason.unexpected")
        yield reason
        if "/train" not in reason:
            yield say(language, "train.again")
    yield "" if drawn else _table(state.epochs, language)
    yield practice_notice(state.dataset, language)
    yield _settings(state.config, state.dataset, language)


def _finished(state: TrainingState, language: Language) -> Answer:
    say = texts()
    metrics, timings = state.record["metrics"], state.record["timings"]
    total = sum(map(sum, metrics["confusion"]))
    named = round(metrics["test_accuracy"] * total)
    facts = (
        say(language, "train.test_loss", value=f"{metrics['test_loss']:.4f}"),
        say(language, "train.train_accuracy", value=fraction(metrics["train_accuracy"])),
        say(
            language,
            "train.fitted",
            epochs=epochs_text(state.config.epochs, language),
            seconds=f"{timings['fit_s']:.1f}",
        ),
        _settings(state.config, state.record["dataset"]["name"], language),
        say(language, "classroom.run", run=state.run_id),
    )
    text = _joined(
        (
            say(language, "train.test_accuracy", value=fraction(metrics["test_accuracy"])),
            practice_notice(state.record["dataset"]["name"], language),
            say(language, "train.counted", right=named, total=total),
            "\n".join(f"- {fact}" for fact in facts),
            gap_sentence(metrics, language),
            "" if state.guess is None else guess_sentence(state.guess, metrics["test_accuracy"], language),
            say(language, "train.next"),
        )
    )
    actions = (
        Action("accuracy", say(language, "classroom.accuracy"), target=state.run_id),
        Action("explain", say(language, "classroom.explain_evaluate"), target="evaluate"),
        *(() if state.guess is None else (Action("learn", say(language, "course.go_on")),)),
    )
    return Answer(text, pictures=state.pictures, actions=actions, tone=_TONES["finished"])


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)
