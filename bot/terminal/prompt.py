"""Where the lines come from: prompt_toolkit at a terminal, plain lines from a pipe."""

import asyncio
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory

from bot.terminal.command import OPTIONS
from trainer import STEPS
from trainer.photo.seen import STAGES
from trainer.recipes import RECIPES

RunsLike = Callable[[str], Awaitable[list[tuple[str, str]]]]  # typed text -> (id, label) of runs


async def lines_of_pipe() -> AsyncIterator[str]:
    """The lines of standard input, each asked for only when the one before was answered.

    Read in a daemon thread: a thread of the loop's own pool would keep a stopped process waiting for input.
    """
    loop = asyncio.get_running_loop()
    wanted = threading.Semaphore(0)
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        line = "-"
        while line:
            wanted.acquire()
            line = sys.stdin.readline()
            loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=read, daemon=True, name="standard-input").start()
    while True:
        wanted.release()
        if not (line := await lines.get()):
            return
        yield line


async def lines_of_terminal(home: Path, runs_like: RunsLike, on_interrupt: Callable[[], None]) -> AsyncIterator[str]:
    """Lines typed by a person, with completion, and a history that lasts over sessions."""
    session: PromptSession[str] = PromptSession(
        history=FileHistory(str(home / "history.txt")), completer=CommandCompleter(runs_like)
    )
    while True:
        try:
            yield await session.prompt_async("> ")
        except KeyboardInterrupt:
            on_interrupt()
        except EOFError:
            return


class CommandCompleter(Completer):
    """Commands, their options, and the values that are known: steps, recipes, runs, paths."""

    def __init__(self, runs_like: RunsLike) -> None:
        self._runs_like = runs_like
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Everything that needs no waiting."""
        text = document.text_before_cursor.lstrip()
        word = text.rsplit(" ", 1)[-1]
        if " " not in text:
            yield from _matching((f"/{name}" for name in OPTIONS), word)
            return
        name = text[1:].split(" ", 1)[0]
        option, colon, value = word.partition(":")
        if not colon:
            yield from _matching((f"{known}:" for known in OPTIONS.get(name, {})), word)
        elif option == "image":
            yield from self._paths.get_completions(Document(value.lstrip("\"'")), complete_event)
        else:
            known = {"step": STEPS, "recipe": tuple(RECIPES), "augment": ("yes", "no"), "stage": STAGES}.get(option, ())
            yield from _matching(known, value)

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """The runs are asked of the classroom; all else comes from the table of commands."""
        word = document.text_before_cursor.rsplit(" ", 1)[-1]
        if word.startswith("run:"):
            value = word.removeprefix("run:")
            for run_id, label in await self._runs_like(value):
                yield Completion(run_id, start_position=-len(value), display=label)
            return
        for completion in self.get_completions(document, complete_event):
            yield completion


def _matching(words: Iterable[str], typed: str) -> Iterable[Completion]:
    return (Completion(word, start_position=-len(typed)) for word in words if word.startswith(typed.lower()))
