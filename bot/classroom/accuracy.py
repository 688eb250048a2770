"""How well a run does: its figures, class by class, and what it confuses."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final

from bot.classroom.answer import Action, Answer, Picture
from bot.classroom.learner import Learner
from bot.classroom.result import gap_sentence, practice_notice
from bot.classroom.runs import ChosenRun, Runs
from bot.classroom.wording import epochs_text, fraction, percent
from bot.texts import texts
from trainer.language import Language, class_name

MOST_CONFUSIONS: Final = 5


async def accuracy(runs: Runs, learner: Learner, name: str | None) -> Answer:
    """The figures of the run that is meant, or the offer to train."""
    chosen = await runs.choose(learner, name, command="/accuracy")
    if chosen is None:
        return offer_to_train("accuracy.none", learner.language)
    picture = await asyncio.to_thread(chosen.run.plot, "confusion", learner.language)
    return _answer(chosen, picture, learner.language)


def offer_to_train(key: str, language: Language) -> Answer:
    """There is no run yet: no figure of any kind, but the button that changes it."""
    return Answer(texts()(language, key), actions=(Action("train", texts()(language, "classroom.train")),))


def _answer(chosen: ChosenRun, picture: bytes | None, language: Language) -> Answer:
    say, run = texts(), chosen.run
    metrics, config = run.metrics, run.record["config"]
    facts = (
        say(language, "train.test_loss", value=f"{metrics['test_loss']:.4f}"),
        say(language, "train.train_accuracy", value=fraction(metrics["train_accuracy"])),
        say(language, "accuracy.setup", recipe=config["recipe"], epochs=epochs_text(config["epochs"], language)),
        chosen.said(language),
    )
    parts = (
        say(language, "train.test_accuracy", value=fraction(metrics["test_accuracy"])),
        practice_notice(run.dataset, language),
        _bullets(facts),
        gap_sentence(metrics, language),
        _robustness(run.record.get("robustness"), language),
        *_classes(metrics["recall"], language),
        *_confusions(metrics["confusion"], language),
    )
    name = f"confusion-{run.path.name}.png"
    pictures = (Picture(name, picture, say(language, "accuracy.confusion")),) if picture else ()
    explain = Action("explain", say(language, "classroom.explain_evaluate"), target="evaluate")
    return Answer("\n\n".join(part for part in parts if part), pictures=pictures, actions=(explain,))


def _robustness(found: dict[str, float] | None, language: Language) -> str:
    """How little it takes to mislead the network; runs of earlier versions do not know."""
    if not found:
        return ""
    return texts()(language, "accuracy.robustness", **{name: fraction(value) for name, value in found.items()})


def _classes(recall: Sequence[float], language: Language) -> Iterable[str]:
    """The share of each class's images that is named rightly, the best first."""
    order = sorted(range(len(recall)), key=lambda label: -recall[label])
    named = [f"{class_name(language, label)} {percent(recall[label])}" for label in order]
    yield texts()(language, "accuracy.classes", strongest=named[0], weakest=named[-1])
    yield _bullets(named)


def _confusions(confusion: Sequence[Sequence[int]], language: Language) -> Iterable[str]:
    """The commonest mistakes, as `true class -> what it was taken for`."""
    mistakes: list[tuple[Any, ...]] = [
        (-count, actual, predicted, sum(row))
        for actual, row in enumerate(confusion)
        for predicted, count in enumerate(row)
        if actual != predicted and count > 0
    ]
    lines = [
        texts()(
            language,
            "accuracy.mistake",
            actual=class_name(language, actual),
            predicted=class_name(language, predicted),
            count=-count,
            total=total,
        )
        for count, actual, predicted, total in sorted(mistakes)[:MOST_CONFUSIONS]
    ]
    if lines:
        yield texts()(language, "accuracy.confused")
        yield _bullets(lines)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
