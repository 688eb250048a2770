"""The terminal's renderer: Markdown and progress by rich, pictures as files and block characters."""

import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from bot.classroom import Answer, Training, TrainingState
from bot.classroom.training.describe import waiting
from bot.classroom.training.download import arrived, share_arrived
from bot.line import SESSION_COMMANDS, line_of, typed_commands
from bot.texts import texts
from trainer.errors import problem_of
from trainer.events import Downloading, EpochEnded
from trainer.events import Progress as StepProgress
from trainer.language import Language

NARROWEST = 20  # a terminal that does not know its width says 0, and nothing would be shown
WIDEST = 100  # columns; longer lines are hard to read
SHADES = " \u2591\u2592\u2593\u2588"


class Renderer:
    """Writes answers to a terminal, or as plain lines to a pipe."""

    def __init__(self, pictures: Path, language: Language, out: TextIO | None = None) -> None:
        self._console = Console(file=out, highlight=False)
        self._console.width = max(NARROWEST, min(self._console.width, WIDEST))
        self._live = self._console.file.isatty()  # not Console.is_terminal, which FORCE_COLOR sets for a pipe too
        self._pictures = pictures
        self._language: Language = language

    def say(self, key: str, **values: object) -> None:
        """One sentence of the catalogue."""
        self._console.print(texts()(self._language, f"terminal.{key}", **values), markup=False, soft_wrap=True)

    def sentence(self, text: str) -> None:
        """A refusal; to standard output, because it answers a line, of which it may repeat control characters."""
        shown = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
        self._console.print(Text(shown, style="yellow"), soft_wrap=True)

    def help(self) -> None:
        """What this is, and every command with an example."""
        commands = typed_commands(self._language, *SESSION_COMMANDS)
        self.markdown(f"{texts()(self._language, 'terminal.welcome')}\n\n{commands}")

    def markdown(self, text: str) -> None:
        """Markdown as rich shows it."""
        self._console.print(Markdown(text))

    def answer(self, answer: Answer) -> None:
        """Text, then pictures as files, then what to type next."""
        self.markdown(answer.whole)
        if answer.seen:
            self.say("seen")
            # Half blocks need many colours; with few or none (NO_COLOR) they would be one solid block.
            many = self._console.color_system in ("256", "truecolor", "windows") and not self._console.no_color
            seen = blocks(answer.seen) if many else shades(answer.seen)
            self._console.print(seen, end="", markup=False)
        for picture in answer.pictures:
            self._save(self._pictures / picture.name, picture.data)
        # Letters that are still to be chosen can be typed at once.
        lines = [line_of(action) for action in answer.actions if action.enabled or action.kind == "answer"]
        if commands := [line for line in lines if line]:
            self.say("next", commands="  ".join(commands))

    def _save(self, path: Path, data: bytes) -> None:
        """Save a picture as a file; if that fails, say so and continue."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            with suppress(OSError):
                path.unlink()
            self.say("unsaved", path=path, problem=problem_of(error))
        else:
            self.say("saved", path=path)

    async def training(self, training: Training) -> TrainingState:
        """Follow a training to its end: a bar in a terminal, a line an epoch in a pipe."""
        if self._live:
            return await self._training_bar(training)
        return await self._training_lines(training)

    async def _training_bar(self, training: Training) -> TrainingState:
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), TextColumn("{task.fields[figures]}"))
        with Progress(*columns, console=self._console, transient=True) as bar:
            task: TaskID = bar.add_task("", total=1.0, figures="")
            async for state in training.watch():
                done, figures = state.done, self._figures(state.progress) if state.progress else ""
                if state.progress and state.remaining_s is not None:
                    figures += f"  {state.remaining_s:.0f} s"
                if state.download:
                    done, figures = share_arrived(state.download), self._arrived(state.download)
                bar.update(task, completed=done, description=self._status(state), figures=figures)
        return training.state

    async def _training_lines(self, training: Training) -> TrainingState:
        printed = ""
        epochs = 0
        async for state in training.watch():
            if not state.progress and (line := self._status(state)) != printed and not state.final:
                self._console.print(line, markup=False)
                printed = line
            for ended in state.epochs[epochs:]:
                line = texts()(self._language, "terminal.epoch", epoch=ended.epoch, epochs=ended.epochs)
                self._console.print(f"{line}  {self._figures(ended)}", markup=False)
            epochs = len(state.epochs)
        return training.state

    def _figures(self, event: EpochEnded | StepProgress) -> str:
        return texts()(self._language, "terminal.figures", loss=event.loss, accuracy=event.accuracy)

    def _arrived(self, download: Downloading) -> str:
        return texts()(self._language, "terminal.arrived", **arrived(download))

    def _status(self, state: TrainingState) -> str:
        if state.download:
            return texts()(self._language, "terminal.downloading", file=state.download.file)
        if state.progress and state.status == "running":
            where = state.progress
            return texts()(self._language, "terminal.epoch", epoch=where.epoch, epochs=where.epochs)
        key = "queued_soon" if state.status == "queued" and state.position < 1 else state.status
        status = texts()(self._language, f"terminal.status.{key}", position=state.position)
        why = waiting(state, self._language) if state.status == "queued" else ()
        return " · ".join((status, *why))


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
