"""One session at the terminal: lines in, answers out, for the learner `local`."""

import asyncio
import logging
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes
from urllib.request import url2pathname

from bot.classroom import Action, Answer, Classroom, Learner, Training, describe
from bot.classroom.learner import LOCAL, PAGE
from bot.commands import COMMANDS, Reply, Request
from bot.line import Line, LineError, arguments, encoding_error, has_undecoded, parse, unquoted
from bot.settings import Settings
from bot.signals import on_signal
from bot.terminal.prompt import lines_of_pipe, lines_of_terminal
from bot.terminal.render import Renderer
from bot.texts import texts
from trainer.cli.program import tell_person
from trainer.data.fashion_mnist import dataset_ready
from trainer.errors import TutorError, problem_of
from trainer.limits import PICTURE_BYTES
from trainer.runtime.shortage import shortage_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NamedFile:
    """A file that was named in a line: by its path, as a terminal writes a dragged one, or by a `file://` address."""

    name: str

    async def read(self) -> bytes:
        """At most one byte over the limit, which is enough to refuse it; LineError `image_unreadable`."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> bytes:
        try:
            path = self._path()
            if path.exists() and not path.is_file():  # reading from a pipe or a device could wait for ever
                raise LineError("image_no_file", path=self.name)
            with path.open("rb") as file:
                return file.read(PICTURE_BYTES + 1)
        except OSError as error:
            if has_undecoded(self.name):
                raise encoding_error() from None
            raise LineError("image_unreadable", path=self.name, problem=problem_of(error)) from None
        except ValueError as error:  # a null character in the name
            raise LineError("image_unreadable", path=self.name, problem=str(error)) from None

    def is_file(self) -> bool:
        """Whether there is such a file."""
        try:
            return self._path().is_file()
        except (OSError, ValueError):
            return False

    def _path(self) -> Path:
        if self.name.lower().startswith("file:/"):
            return _of_address(self.name[len("file:") :])
        path = _expanded(self.name)
        if path.exists() or "\\" not in self.name:
            return path
        return _expanded(re.sub(r"\\(.)", r"\1", self.name))


def _expanded(name: str) -> Path:
    """With the home for ~, where it is known."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def _named_file(name: str | None) -> NamedFile:
    if not name:
        raise LineError("image_missing")
    return NamedFile(name)


def _of_address(rest: str) -> Path:
    """The path of a `file:` address: `///home/me/my%20shoe.png`, `//localhost/...`, `/...`, `//server/share/...`."""
    if rest.startswith("//"):
        host, _, rest = rest[2:].partition("/")
        rest = f"/{rest}" if host.lower() in ("", "localhost") else f"//{host}/{rest}"
    if os.name == "nt":
        return Path(url2pathname(rest))
    return Path(os.fsdecode(unquote_to_bytes(os.fsencode(rest))))


def _parsed(line: str) -> Line:
    """The line as a command; a path alone, as a terminal writes a dragged file, is a picture to classify."""
    try:
        return parse(line)
    except LineError:
        name = unquoted(line.strip())
        if NamedFile(name).is_file():
            return Line("predict", {"image": name})
        raise


class Session:
    """Answers lines until /quit or the end of the input."""

    def __init__(
        self, settings: Settings, classroom: Classroom, *, workers_ready: Callable[[], bool] = lambda: True
    ) -> None:
        """workers_ready: whether a training can begin at once."""
        self._settings = settings
        self._classroom = classroom
        self._workers_ready = workers_ready
        self._learner = Learner(LOCAL, LOCAL, settings.tutor_lang, is_teacher=True, room=PAGE)
        self._interactive = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
        self._renderer = Renderer(settings.tutor_home / "pictures", settings.tutor_lang)
        self._training: Training | None = None
        self._predicted: tuple[Action, ...] = ()  # the actions below the last prediction
        self._cancelling: set[asyncio.Task[None]] = set()
        self.needs_engine = asyncio.Event()
        if self._interactive:
            self.needs_engine.set()

    async def run(self, *, invited: bool) -> None:
        """Answer line by line.

        invited: the terminal classroom was asked for by name, so nothing is said about the missing token.
        """
        if not invited:
            self._renderer.say("no_token")
        self._renderer.help()
        if self._settings.tutor_dataset == "auto" and not dataset_ready(self._settings):
            self._renderer.say("practice")
        for state, _ in await self._classroom.recover(messages=False):
            if state.status == "interrupted":
                self._renderer.say("run_interrupted", run=state.run_id)
        async for line in self._lines():
            if line.strip() and not line.lstrip().startswith("#") and not await self._answer(line):
                break
        if self._interactive:
            self._renderer.say("goodbye")

    def interrupt(self) -> None:
        """Ctrl-C: cancels the running training, never the session."""
        training = self._training
        if training is None:
            self._renderer.say("eof_hint")
            return
        task = asyncio.create_task(self._cancel(training))
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)

    def _lines(self) -> AsyncIterator[str]:
        if not self._interactive:
            return lines_of_pipe()
        home = self._settings.tutor_home
        return lines_of_terminal(home, self._runs_like, self._offers, lambda: self._renderer.say("eof_hint"))

    async def _runs_like(self, typed: str) -> list[tuple[str, str]]:
        return [(choice.run_id, choice.label) for choice in await self._classroom.runs_like(self._learner, typed)]

    def _offers(self, kind: str) -> list[str]:
        return [action.typed for action in self._predicted if action.kind == kind]

    async def _answer(self, line: str) -> bool:
        """Answer one line, if only with a sentence that refuses it; False ends the session."""
        try:
            command = _parsed(line)
            if command.name == "quit":
                return False
            await self._carry_out(command)
        except TutorError as error:
            self._renderer.sentence(error.sentence(self._learner.language))
        except Exception as error:
            _log.exception("a line could not be answered")
            logs = self._settings.tutor_home / "logs"
            failure = shortage_of(error) or LineError("unexpected", problem=type(error).__name__, logs=logs)
            self._renderer.sentence(failure.sentence(self._learner.language))
        return True

    async def _carry_out(self, line: Line) -> None:
        if line.name == "help":
            self._renderer.help()
            return
        command = COMMANDS[line.name]
        options = arguments(command, line, self._predicted, _named_file)
        if "cancel" in command.buttons:  # it trains
            self.needs_engine.set()
            if not self._workers_ready():
                tell_person(texts()(self._learner.language, "terminal.loading"))
        reply = await command.run(self._classroom, Request(self._learner), **options)
        answer = await self._followed(reply)
        if answer is not None:
            self._renderer.answer(answer)
            if any(action.kind == "why" for action in answer.actions):
                self._predicted = answer.actions

    async def _followed(self, reply: Reply) -> Answer | None:
        """The answer, that of a training when it is over."""
        if not isinstance(reply, Training):
            return reply
        self._training = reply
        try:
            with on_signal((signal.SIGINT,), self.interrupt):
                state = await self._renderer.training(reply)
        finally:
            self._training = None
        return describe(state, self._learner.language)

    async def _cancel(self, training: Training) -> None:
        try:
            await self._classroom.cancel(self._learner, training.state.run_id)
        except TutorError as error:  # it ended at the same moment
            self._renderer.sentence(error.sentence(self._learner.language))
