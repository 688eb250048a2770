"""The figures of a person's run that a question is about, computed from run.json and history.csv."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from bot.classroom.result import gap_sentence, practice_notice
from bot.classroom.wording import duration, epochs_text, fraction, percent
from bot.search import Figures
from bot.texts import texts
from trainer.errors import RunError
from trainer.events import EpochEnded
from trainer.language import Language, class_name
from trainer.recipes import RECIPES
from trainer.runs.folder import Run

MOST_EPOCHS: Final = 12  # listed one by one
NEAR: Final = 0.01  # test accuracy: within this of the recipe's own is as usual
_IMAGES: Final = {"fashion-mnist": 60_000, "practice": 12_000}  # for training


def own_figures(run: Run, wanted: Sequence[Figures], language: Language) -> str:
    """What the run says about each of `wanted`, as Markdown, with the run's id."""
    says = texts()
    lines = [line for name in wanted for line in _SAYS[name](run, language)]
    parts = (
        says(language, "ask.own", run=run.path.name),
        "\n".join(f"- {line}" for line in lines),
        practice_notice(run.dataset, language),
    )
    return "\n\n".join(part for part in parts if part)


def _accuracy(run: Run, language: Language) -> Iterable[str]:
    say, recipe = texts(), RECIPES.get(run.record["config"]["recipe"])
    yield say(language, "train.test_accuracy", value=fraction(run.test_accuracy)).strip("*")
    if recipe is not None and run.dataset == "fashion-mnist":
        difference = run.test_accuracy - recipe.accuracy
        key = "usual" if abs(difference) <= NEAR else "above" if difference > 0 else "below"
        values = {
            "recipe": recipe.name,
            "accuracy": f"{recipe.accuracy:.2f}",
            "epochs": epochs_text(recipe.epochs, language),
        }
        yield say(language, f"ask.{key}", **values)


def _worst(run: Run, language: Language) -> Iterable[str]:
    recall, confusion = run.metrics["recall"], run.metrics["confusion"]
    order = sorted(range(len(recall)), key=lambda label: recall[label])
    named = [f"{class_name(language, label)} {percent(recall[label])}" for label in order]
    yield texts()(language, "ask.worst", weakest=named[0], next=named[1], strongest=named[-1])
    pairs = [(actual, given) for actual in order for given in order if actual != given]
    actual, given = max(pairs, key=lambda pair: confusion[pair[0]][pair[1]])
    if confusion[actual][given]:
        values = {"count": confusion[actual][given], "total": sum(confusion[actual])}
        names = {"actual": class_name(language, actual), "predicted": class_name(language, given)}
        yield texts()(language, "ask.confused", **names, **values)


def _curve(run: Run, language: Language) -> Iterable[str]:
    say = texts()
    try:
        history = run.history
    except (OSError, ValueError, KeyError):
        raise RunError("run_unreadable", path=run.path) from None
    shown = history if len(history) <= MOST_EPOCHS else [history[0], *history[-MOST_EPOCHS + 1 :]]

    def listed(value: Callable[[EpochEnded], float]) -> str:
        return " · ".join(f"{one.epoch}: {value(one):.4f}" for one in shown)

    yield say(language, "ask.train_loss", losses=listed(lambda one: one.loss))
    yield say(language, "ask.test_loss", losses=listed(lambda one: one.test_loss))
    best = min(history, key=lambda one: one.test_loss)
    if best is not history[-1]:
        yield say(
            language, "ask.rose", epoch=best.epoch, best=f"{best.test_loss:.4f}", last=f"{history[-1].test_loss:.4f}"
        )
    else:
        yield say(language, "ask.fell")


def _gap(run: Run, language: Language) -> Iterable[str]:
    figures = {name: fraction(run.metrics[f"{name}_accuracy"]) for name in ("train", "test")}
    yield texts()(language, "ask.both", **figures)
    yield gap_sentence(run.metrics, language)


def _time(run: Run, language: Language) -> Iterable[str]:
    fit_s, epochs = float(run.record["timings"]["fit_s"]), int(run.record["config"]["epochs"])
    values = {"duration": duration(fit_s, language), "epochs": epochs_text(epochs, language)}
    yield texts()(language, "ask.time", **values, each=f"{fit_s / epochs:.1f}")


def _parameters(run: Run, language: Language) -> Iterable[str]:
    yield texts()(language, "ask.parameters", count=run.record["parameters"], recipe=run.record["config"]["recipe"])


def _settings(run: Run, language: Language) -> Iterable[str]:
    config: Mapping[str, Any] = run.record["config"]
    values = {name: config[name] for name in ("recipe", "epochs", "batch_size", "seed")}
    values["learning_rate"] = f"{config['learning_rate']:g}"
    values["augmented"] = texts()(language, "train.augmented") if config.get("augment") else ""
    dataset = texts()(language, f"classroom.dataset.{run.dataset}")
    yield texts()(language, "train.settings", dataset=dataset, **values)
    if images := _IMAGES.get(run.dataset):
        steps = -(-images // config["batch_size"])
        yield texts()(language, "ask.steps", images=images, batch_size=config["batch_size"], steps=steps)


_SAYS: Final[dict[Figures, Callable[[Run, Language], Iterable[str]]]] = {
    "accuracy": _accuracy,
    "worst": _worst,
    "curve": _curve,
    "gap": _gap,
    "time": _time,
    "parameters": _parameters,
    "settings": _settings,
}
