"""Where the lines come from: prompt_toolkit at a terminal, plain lines from a pipe."""

import asyncio
import io
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory

from bot.commands import Option
from bot.line import TYPED, typed_options

RunsLike = Callable[[str], Awaitable[list[tuple[str, str]]]]  # typed text -> (id, label) of runs
Offers = Callable[[str], Iterable[str]]  # kind of button -> the words typed for those below the last prediction


async def lines_of_pipe() -> AsyncIterator[str]:
    """The lines of standard input; each is read only when the one before was answered.

    Bytes that are not text in the input's encoding become surrogates, see `parse`. Read in a daemon thread: a thread of
    the loop's own pool would keep a stopped process waiting for input.
    """
    if not isinstance(sys.stdin, io.TextIOWrapper):  # None: closed before the start
        return
    sys.stdin.reconfigure(errors="surrogateescape")
    stdin = sys.stdin
    loop = asyncio.get_running_loop()
    wanted = threading.Semaphore(0)
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        line = "-"
        while line:
            wanted.acquire()
            line = stdin.readline()
            loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=read, daemon=True, name="standard-input").start()
    while True:
        wanted.release()
        if not (line := await lines.get()):
            return
        yield line


async def lines_of_terminal(
    home: Path, runs_like: RunsLike, offers: Offers, on_interrupt: Callable[[], None]
) -> AsyncIterator[str]:
    """Lines typed by a person, with completion, and a history that is kept in `home`."""
    session: PromptSession[str] = PromptSession(
        history=FileHistory(str(home / "history.txt")), completer=LineCompleter(runs_like, offers)
    )
    while True:
        try:
            typed = await session.prompt_async("> ")
        except KeyboardInterrupt:
            on_interrupt()
        except EOFError:
            return
        else:
            for line in typed.split("\n"):  # several, if they were pasted
                yield line


class LineCompleter(Completer):
    """Completes commands, their options, and known values: choices, runs, paths."""

    def __init__(self, runs_like: RunsLike, offers: Offers) -> None:
        self._runs_like = runs_like
        self._offers = offers
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Everything but runs."""
        text = document.text_before_cursor.lstrip()
        word = text.rsplit(" ", 1)[-1]
        if " " not in text:
            yield from _matching((f"/{name}" for name in TYPED), word)
            return
        options = typed_options(text[1:].split(" ", 1)[0])
        name, colon, value = word.partition(":")
        if not colon:
            yield from _matching((f"{known}:" for known in options), word)
        elif (option := options.get(name)) is not None and option.kind == "picture":
            yield from self._paths.get_completions(Document(value.lstrip("\"'")), complete_event)
        elif option is not None:
            yield from _matching(self._values(option), value)

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Runs come from the classroom, everything else from the declared commands."""
        word = document.text_before_cursor.rsplit(" ", 1)[-1]
        if word.startswith("run:"):
            value = word.removeprefix("run:")
            for run_id, label in await self._runs_like(value):
                yield Completion(run_id, start_position=-len(value), display=label)
            return
        for completion in self.get_completions(document, complete_event):
            yield completion

    def _values(self, option: Option) -> Iterable[str]:
        if option.choices is not None:
            return option.choices.values
        if option.offered is not None:
            return self._offers(option.offered.button)
        return ("yes", "no") if option.kind == "yes_no" else ()


def _matching(words: Iterable[str], typed: str) -> Iterable[Completion]:
    return (Completion(word, start_position=-len(typed)) for word in words if word.startswith(typed.lower()))
