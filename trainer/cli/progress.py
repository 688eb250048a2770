"""The output of `python -m trainer` while the tutorial runs."""

from dataclasses import asdict
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, ProgressColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from trainer.config import Config
from trainer.events import Downloading, EpochEnded, Event, PhaseStarted, Progress
from trainer.language import Language, sentences
from trainer.recipes import RECIPES
from trainer.steps.load import CLASS_NAMES

_STEPS: Final = ("load", "preprocess", "build", "compile", "train", "evaluate", "save")


class Reporter:
    """Prints the steps and a line per epoch; on a terminal also a progress bar."""

    def __init__(self, config: Config, language: Language) -> None:
        self._config = config
        self._language: Language = language
        self._console = Console(highlight=False, soft_wrap=True)
        self._bar: Bar | None = None
        self._task = TaskID(0)
        self._file = ""  # that is being downloaded

    def say(self, key: str, **values: object) -> None:
        """Print the sentence `train.<key>`."""
        self._console.print(self._text(key, **values), markup=False)

    def step(self, name: str) -> None:
        """Print the heading of a step, numbered."""
        self._console.print(f"[bold]{_STEPS.index(name) + 1}. {self._text(name)}[/bold]")

    def _text(self, key: str, **values: object) -> str:
        return sentences()(self._language, f"train.{key}", **values)

    def event(self, event: Event) -> None:
        """Show an event of `run_tutorial`."""
        match event:
            case PhaseStarted("load"):
                self.step("load")
            case Downloading():
                self._downloading(event)
            case PhaseStarted("build", name):
                self.close()
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

    def _downloading(self, event: Downloading) -> None:
        title = self._text("downloading", file=event.file)
        if event.file != self._file:  # a line for each file, also where there is no terminal
            self.close()
            self._file = event.file
            if not self._console.is_terminal:
                self._console.print(title, markup=False)
        if self._bar is None and self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
            self._open_bar(title, None, *columns)
        if self._bar:
            self._bar.update(self._task, completed=event.done_bytes, total=event.total_bytes or None)

    def _open_bar(self, title: str, total: float | None, *columns: ProgressColumn) -> None:
        self._bar = Bar(*columns, console=self._console, transient=True)
        self._task = self._bar.add_task(title, total=total)
        self._bar.start()

    def _loaded(self, name: str) -> None:
        title = sentences()(self._language, f"dataset.{name}")
        self._console.print(f"{title}: {', '.join(CLASS_NAMES)}", markup=False)
        if name == "practice":
            self._console.print(f"[bold yellow]{self._text('practice')}[/bold yellow]")
        for step in ("preprocess", "build", "compile"):
            self.step(step)
        optimizer = RECIPES[self._config.recipe].optimizer
        self.say("compiled", optimizer=optimizer, learning_rate=self._config.learning_rate)

    def _start_bar(self) -> None:
        self.step("train")
        self.say("seed", seed=self._config.seed)
        if self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
            self._open_bar("", self._config.epochs, *columns)

    def _progress(self, event: Progress) -> None:
        if self._bar:
            where = self._text("epoch", epoch=event.epoch, epochs=event.epochs)
            figures = self._text("figures", loss=event.loss, accuracy=event.accuracy)
            done = event.epoch - 1 + event.step / event.steps
            self._bar.update(self._task, description=f"{where}  {figures}", completed=done)

    def _epoch(self, event: EpochEnded) -> None:
        where, figures = self._text("epoch", **asdict(event)), self._text("figures_test", **asdict(event))
        self._console.print(f"{where}  {figures}", markup=False)

    def close(self) -> None:
        """Remove the progress bar, if there is one."""
        if self._bar:
            self._bar.stop()
            self._bar = None
