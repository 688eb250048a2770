"""What `python -m trainer` does, once the settings are read: train, evaluate, predict, versions."""

import argparse
import os
import platform
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from trainer.config import Config
from trainer.errors import DatasetError, PictureError
from trainer.events import EpochEnded, Event, PhaseStarted, Progress
from trainer.language import Language, class_name, sentences
from trainer.load import CLASS_NAMES, load_data
from trainer.quiet import quiet_standard_error
from trainer.runs import Run, find_run, new_run_id, remove_partial_run, runs_folder
from trainer.settings import TrainerSettings

_STEPS = ("load", "preprocess", "build", "compile", "train", "evaluate", "save")


class _Reporter:
    """Tells the steps as they pass: a bar where somebody watches, a line an epoch in a pipe."""

    def __init__(self, config: Config, language: Language) -> None:
        self._config = config
        self._language: Language = language
        self._console = Console(highlight=False, soft_wrap=True)
        self._bar: Bar | None = None
        self._task = TaskID(0)

    def say(self, key: str, **values: object) -> None:
        self._console.print(sentences()(self._language, f"train.{key}", **values), markup=False)

    def step(self, name: str) -> None:
        title = sentences()(self._language, f"train.{name}")
        self._console.print(f"[bold]{_STEPS.index(name) + 1}. {title}[/bold]")

    def event(self, event: Event) -> None:
        match event:
            case PhaseStarted("load"):
                self.step("load")
            case PhaseStarted("build", name):
                self._loaded(name)
            case PhaseStarted("train"):
                self._start_bar()
            case Progress():
                self._progress(event)
            case EpochEnded():
                self._epoch(event)
            case PhaseStarted(phase):
                self.close()
                self.step(phase)

    def _loaded(self, name: str) -> None:
        self._console.print(
            sentences()(self._language, f"dataset.{name}") + ": " + ", ".join(CLASS_NAMES), markup=False
        )
        if name == "practice":
            self._console.print(f"[bold yellow]{sentences()(self._language, 'train.practice')}[/bold yellow]")
        for step in ("preprocess", "build", "compile"):
            self.step(step)
        self.say("compiled", learning_rate=self._config.learning_rate)

    def _start_bar(self) -> None:
        self.step("train")
        self.say("seed", seed=self._config.seed)
        if self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
            self._bar = Bar(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task("", total=self._config.epochs)
            self._bar.start()

    def _progress(self, event: Progress) -> None:
        if self._bar:
            where = sentences()(self._language, "train.epoch", epoch=event.epoch, epochs=event.epochs)
            figures = sentences()(self._language, "train.figures", loss=event.loss, accuracy=event.accuracy)
            done = event.epoch - 1 + event.step / event.steps
            self._bar.update(self._task, description=f"{where}  {figures}", completed=done)

    def _epoch(self, event: EpochEnded) -> None:
        where = sentences()(self._language, "train.epoch", epoch=event.epoch, epochs=event.epochs)
        figures = sentences()(
            self._language,
            "train.figures_test",
            loss=event.loss,
            accuracy=event.accuracy,
            test_loss=event.test_loss,
            test_accuracy=event.test_accuracy,
        )
        self._console.print(f"{where}  {figures}", markup=False)

    def close(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None


def train(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """The whole tutorial."""
    config = Config.resolve(
        recipe=chosen.recipe,
        dataset=settings.tutor_dataset,
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        learning_rate=chosen.learning_rate,
        seed=chosen.seed,
    )
    run_id = new_run_id()
    out = chosen.out.absolute() if chosen.out else runs_folder(settings.tutor_home) / run_id
    _stop_cleanly(out, settings.tutor_lang)
    with quiet_standard_error():
        from trainer.pipeline import run_tutorial  # TensorFlow: only once the options are known to be good

    reporter = _Reporter(config, settings.tutor_lang)
    try:
        run = run_tutorial(
            config, out=out, run_id=run_id, settings=settings, languages=(settings.tutor_lang,), on_event=reporter.event
        )
    finally:
        reporter.close()
    reporter.say("test_accuracy", value=run.test_accuracy)
    reporter.say("test_loss", value=run.test_loss)
    reporter.say("timing", **{name: run.record["timings"][name] for name in ("fit_s", "total_s")})
    reporter.say("saved", path=run.path)
    return 0


def _stop_cleanly(out: Path, language: Language) -> None:
    """Ctrl-C and SIGTERM leave no half run.

    The process ends on the spot: an exception that unwinds through TensorFlow's tracing can crash it.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        remove_partial_run(out)
        if number == signal.SIGINT:
            print(f"\n{sentences()(language, 'train.stopped')}", file=sys.stderr)
        os._exit(0 if number == signal.SIGTERM else 130)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def evaluate(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """Evaluate a saved run on the test images of the data set it was trained on."""
    run = find_run(settings.tutor_home, chosen.run)
    with quiet_standard_error():
        import keras

        from trainer.evaluate import evaluate as evaluate_model
    from trainer.preprocess import scale

    dataset = load_data("practice" if run.dataset == "practice" else "fashion-mnist", settings=settings)
    if dataset.sha256 != run.record["dataset"]["sha256"]:
        raise DatasetError("dataset_changed", run=run.id)
    model: Any = keras.saving.load_model(run.path / "model.keras")
    evaluation = evaluate_model(model, scale(dataset.test_images), dataset.test_labels)
    _practice_notice(run, settings.tutor_lang)
    say = sentences()
    print(say(settings.tutor_lang, "train.test_accuracy", value=evaluation.accuracy))
    print(say(settings.tutor_lang, "train.test_loss", value=evaluation.loss))
    for index, recall in enumerate(evaluation.recall):
        print(f"  {class_name(settings.tutor_lang, index)} {recall:.4f}")
    return 0


def predict(chosen: argparse.Namespace, settings: TrainerSettings) -> int:
    """Classify pictures; one that cannot be read is said so, and the others are answered all the same."""
    run = find_run(settings.tutor_home, chosen.run)
    from trainer.photo import to_dataset_style
    from trainer.predict import Predictor

    predictor = Predictor(run)
    _practice_notice(run, settings.tutor_lang)
    failed = False
    for path in chosen.pictures:
        try:
            seen = to_dataset_style(_read(path))
        except PictureError as error:
            print(f"{path}: {error.sentence(settings.tutor_lang)}", file=sys.stderr)
            failed = True
            continue
        prediction = predictor(seen.pixels[None])[0]
        print(f"{path}: {class_name(settings.tutor_lang, prediction.label)} {100 * prediction.confidence:.1f} %")
        for index, probability in enumerate(prediction.probabilities):
            print(f"  {class_name(settings.tutor_lang, index)} {100 * probability:.1f} %")
        if prediction.far:
            print("  " + sentences()(settings.tutor_lang, "train.far"))
    return 1 if failed else 0


def versions(_chosen: argparse.Namespace, _settings: TrainerSettings) -> int:
    """Versions and machine, for a bug report."""
    with quiet_standard_error():
        from trainer.pipeline import versions as versions_of

    for name, version in versions_of().items():
        print(f"{name} {version}")
    print(f"{platform.platform()}, {platform.processor() or platform.machine()}")
    return 0


def _read(path: Path) -> bytes:
    from trainer.photo import MAX_BYTES

    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PictureError("picture_missing", path=path, problem=error.strerror or "?") from None


def _practice_notice(run: Run, language: Language) -> None:
    if run.dataset == "practice":
        print(sentences()(language, "train.practice"))
