"""The terminal's renderer: Markdown and progress by rich, pictures as files and block characters."""

from contextlib import suppress
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from bot.classroom import Answer, Training, TrainingState
from bot.texts import texts
from trainer.language import Language

WIDEST = 100  # columns; longer lines are hard to read
SHADES = " \u2591\u2592\u2593\u2588"
_COMMANDS = {
    "back": "/explain step:{target}",
    "next": "/explain step:{target}",
    "explain": "/explain step:{target}",
    "train": "/train",
    "accuracy": "/accuracy run:{target}",
    "without": "/without {target}",
    "why": "/why",
}


class Renderer:
    """Writes answers to a terminal, or as plain lines to a pipe."""

    def __init__(self, pictures: Path, language: Language, out: TextIO | None = None) -> None:
        self._console = Console(file=out, highlight=False)
        self._console.width = min(self._console.width, WIDEST)
        self._pictures = pictures
        self._language: Language = language

    def say(self, key: str, **values: object) -> None:
        """One sentence of the catalogue."""
        self._console.print(texts()(self._language, f"terminal.{key}", **values), markup=False, soft_wrap=True)

    def sentence(self, text: str) -> None:
        """A refusal: it goes where the answers go, because it answers the line."""
        self._console.print(Text(text, style="yellow"), soft_wrap=True)

    def markdown(self, text: str) -> None:
        """Markdown as rich shows it."""
        self._console.print(Markdown(text))

    def answer(self, answer: Answer) -> None:
        """Text, then pictures as files, then what to type next."""
        self.markdown(answer.text)
        if answer.seen:
            self.say("seen")
            seen = blocks(answer.seen) if self._console.color_system else shades(answer.seen)
            self._console.print(seen, end="", markup=False)
        for picture in answer.pictures:
            self._save(self._pictures / picture.name, picture.data)
        commands = [
            _COMMANDS[action.kind].format(target=action.typed or action.target)
            for action in answer.actions
            if action.enabled and action.kind in _COMMANDS
        ]
        if commands:
            self.say("next", commands="  ".join(commands))

    def _save(self, path: Path, data: bytes) -> None:
        """Keep a picture as a file; on a full disk the answer goes on without it."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            with suppress(OSError):
                path.unlink()
            self.say("unsaved", path=path, problem=error.strerror or type(error).__name__)
        else:
            self.say("saved", path=path)

    async def training(self, training: Training) -> TrainingState:
        """Follow a training to its end: a bar in a terminal, a line an epoch in a pipe."""
        if self._console.is_terminal:
            return await self._training_bar(training)
        return await self._training_lines(training)

    async def _training_bar(self, training: Training) -> TrainingState:
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), TextColumn("{task.fields[figures]}"))
        with Progress(*columns, console=self._console, transient=True) as bar:
            task: TaskID = bar.add_task("", total=1.0, figures="")
            async for state in training.watch():
                bar.update(task, completed=state.done, description=self._status(state), figures=_figures(state))
        return training.state

    async def _training_lines(self, training: Training) -> TrainingState:
        told = ""
        epochs = 0
        async for state in training.watch():
            if not state.progress and (line := self._status(state)) != told and not state.final:
                self._console.print(line, markup=False)
                told = line
            for ended in state.epochs[epochs:]:
                line = texts()(self._language, "terminal.epoch", epoch=ended.epoch, epochs=ended.epochs)
                self._console.print(f"{line}  loss {ended.loss:.4f}  accuracy {ended.accuracy:.4f}", markup=False)
            epochs = len(state.epochs)
        return training.state

    def _status(self, state: TrainingState) -> str:
        if state.progress and state.status == "running":
            where = state.progress
            return texts()(self._language, "terminal.epoch", epoch=where.epoch, epochs=where.epochs)
        return texts()(self._language, f"terminal.status.{state.status}", position=state.position)


def _figures(state: TrainingState) -> str:
    if (where := state.progress) is None:
        return ""
    remaining = "" if state.remaining_s is None else f"  {state.remaining_s:.0f} s"
    return f"loss {where.loss:.4f}  accuracy {where.accuracy:.4f}{remaining}"


def blocks(pixels: bytes, side: int = 28) -> Text:
    """uint8[side * side] as half blocks, two pixel rows a line, so that a pixel is nearly square."""
    text = Text()
    for row in range(0, side, 2):
        for column in range(side):
            upper = pixels[row * side + column]
            lower = pixels[(row + 1) * side + column]
            text.append("\u2580", style=f"rgb({upper},{upper},{upper}) on rgb({lower},{lower},{lower})")
        text.append("\n")
    return text


def shades(pixels: bytes, side: int = 28) -> str:
    """uint8[side * side] without colour: two pixel rows a line as their mean, in five shades."""
    lines = [
        [(pixels[row * side + column] + pixels[(row + 1) * side + column]) // 2 for column in range(side)]
        for row in range(0, side, 2)
    ]
    return "\n".join("".join(SHADES[level * len(SHADES) // 256] for level in line) for line in lines) + "\n"
