"""The accuracy of a run: its figures, the accuracy of each class, and which classes it confuses."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.classroom.answer import Action, Answer
from bot.classroom.learner import Learner
from bot.classroom.result import gap_sentence, plot_of, practice_notice
from bot.classroom.runs import Runs
from bot.classroom.wording import epochs_text, fraction, percent
from bot.pictures.processes import Pictures
from bot.texts import texts
from trainer.language import Language, class_name

MOST_CONFUSIONS: Final = 5


async def accuracy(runs: Runs, pictures: Pictures, learner: Learner, name: str | None) -> Answer:
    """The figures of the chosen run with its confusion matrix; without a run, the offer to train."""
    language = learner.language
    chosen = await runs.choose(learner, name, command="/accuracy")
    if chosen is None:
        return offer_to_train("accuracy.none", language)
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
    return Answer(
        "\n\n".join(part for part in parts if part),
        pictures=await plot_of(pictures, run, "confusion", language),
        actions=(Action("explain", say(language, "classroom.explain_evaluate"), target="evaluate"),),
    )


def offer_to_train(key: str, language: Language) -> Answer:
    """The answer as long as there is no run: a sentence and the button that starts a training."""
    return Answer(texts()(language, key), actions=(Action("train", texts()(language, "classroom.train")),))


def _robustness(found: dict[str, float] | None, language: Language) -> str:
    """The accuracy on shifted images; "" for runs of earlier versions, which lack it."""
    if not found:
        return ""
    return texts()(language, "accuracy.robustness", **{name: fraction(value) for name, value in found.items()})


def _classes(recall: Sequence[float], language: Language) -> Iterable[str]:
    """The share of each class's images that is classified correctly, the best first."""
    order = sorted(range(len(recall)), key=lambda label: -recall[label])
    named = [f"{class_name(language, label)} {percent(recall[label])}" for label in order]
    yield texts()(language, "accuracy.classes", strongest=named[0], weakest=named[-1])
    yield _bullets(named)


def _confusions(confusion: Sequence[Sequence[int]], language: Language) -> Iterable[str]:
    """The most frequent mistakes: true class, predicted class, and how often."""
    mistakes = sorted(
        (-count, actual, predicted)
        for actual, row in enumerate(confusion)
        for predicted, count in enumerate(row)
        if actual != predicted and count > 0
    )
    lines = [
        texts()(
            language,
            "accuracy.mistake",
            actual=class_name(language, actual),
            predicted=class_name(language, predicted),
            count=-count,
            total=sum(confusion[actual]),
        )
        for count, actual, predicted in mistakes[:MOST_CONFUSIONS]
    ]
    if lines:
        yield texts()(language, "accuracy.confused")
        yield _bullets(lines)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
