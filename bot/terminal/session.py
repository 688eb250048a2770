"""The terminal classroom: the same use cases as in Discord, for the learner `local`."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bot.classroom import Action, Answer, Classroom, Learner, Place, Training, describe
from bot.classroom.learner import LOCAL
from bot.logs import Redactor, set_up_logging
from bot.pictures.processes import Pictures
from bot.settings import Settings, home_unwritable
from bot.store import Store
from bot.terminal.command import Command, CommandError, parse
from bot.terminal.prompt import lines_of_pipe, lines_of_terminal
from bot.terminal.render import Renderer
from bot.texts import texts
from bot.training import Engine
from trainer import STEPS
from trainer.data.fashion_mnist import dataset_ready
from trainer.errors import TutorError
from trainer.limits import PICTURE_BYTES

_log = logging.getLogger(__name__)


class Session:
    """One sitting at the terminal."""

    def __init__(self, settings: Settings, classroom: Classroom) -> None:
        self._settings = settings
        self._classroom = classroom
        self._learner = Learner(id=LOCAL, name=LOCAL, language=settings.tutor_lang)
        self._renderer = Renderer(settings.tutor_home / "pictures", settings.tutor_lang)
        self._interactive = sys.stdin.isatty() and sys.stdout.isatty()
        self._training: Training | None = None
        self._asked: tuple[Action, ...] = ()  # what can be asked about the last picture
        self._cancelling: set[asyncio.Task[None]] = set()
        self.needs_engine = asyncio.Event()
        if self._interactive:
            self.needs_engine.set()

    async def run(self, *, invited: bool) -> None:
        """Answer line by line until /quit or the end of the input.

        invited: the classroom was asked for by name, so the missing token needs no mention.
        """
        if not invited:
            self._renderer.say("no_token")
        self._renderer.markdown(texts()(self._learner.language, "terminal.welcome"))
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
        """Ctrl-C: cancels the training that runs, never the session."""
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
        return lines_of_terminal(self._settings.tutor_home, self._runs_like, lambda: self._renderer.say("eof_hint"))

    async def _runs_like(self, typed: str) -> list[tuple[str, str]]:
        return [(choice.run_id, choice.label) for choice in await self._classroom.runs_like(self._learner, typed)]

    async def _answer(self, line: str) -> bool:
        """Answer one line; False ends the session. A refusal is an answer."""
        try:
            command = parse(line)
            if command.name == "quit":
                return False
            await self._carry_out(command)
        except TutorError as error:
            self._renderer.sentence(error.sentence(self._learner.language))
        except Exception as error:
            _log.exception("a line could not be answered")
            unexpected = CommandError(
                "unexpected", problem=type(error).__name__, logs=self._settings.tutor_home / "logs"
            )
            self._renderer.sentence(unexpected.sentence(self._learner.language))
        return True

    async def _carry_out(self, command: Command) -> None:
        options: dict[str, Any] = dict(command.options)
        match command.name:
            case "help":
                self._renderer.markdown(texts()(self._learner.language, "terminal.welcome"))
            case "explain":
                step = options.get("step", STEPS[0])
                self._renderer.answer(await self._classroom.explain(self._learner, step))
            case "train":
                self._renderer.answer(await self._train(options))
            case "accuracy":
                self._renderer.answer(await self._classroom.accuracy(self._learner, options.get("run")))
            case "without":
                target = self._target("without", options.get("stage", ""))
                self._show(await self._classroom.without(self._learner, target))
            case "why":
                self._renderer.answer(await self._classroom.why(self._learner, self._target("why")))
            case _:
                image = await asyncio.to_thread(_read_image, options.get("image"))
                self._show(await self._classroom.predict(self._learner, image, options.get("run")))

    def _show(self, prediction: Answer) -> None:
        self._renderer.answer(prediction)
        self._asked = prediction.actions

    def _target(self, kind: str, typed: str = "") -> str:
        """That of the action which the last prediction offers under this name."""
        offered = [action for action in self._asked if action.kind == kind]
        if not self._asked:
            raise CommandError("nothing_predicted", command=kind)
        if not offered:
            raise CommandError("nothing_left_out")
        for action in offered:
            if action.typed == typed:
                return action.target
        raise CommandError("stage_unknown", stage=typed, known=", ".join(action.typed for action in offered))

    async def _train(self, options: dict[str, Any]) -> Answer:
        self.needs_engine.set()
        self._training = await self._classroom.train(self._learner, Place(), **options)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self.interrupt)
        try:
            state = await self._renderer.training(self._training)
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            self._training = None
        return describe(state, self._learner.language)

    async def _cancel(self, training: Training) -> None:
        try:
            await self._classroom.cancel(self._learner, training.state.run_id)
        except TutorError as error:  # it ended in the same moment
            self._renderer.sentence(error.sentence(self._learner.language))


def _read_image(name: str | None) -> bytes:
    if not name:
        raise CommandError("image_missing")
    path = Path(name).expanduser()
    try:
        with path.open("rb") as file:
            return file.read(PICTURE_BYTES + 1)  # one byte over the limit is enough to refuse it
    except OSError as error:
        raise CommandError("image_unreadable", path=name, problem=error.strerror or type(error).__name__) from None


async def run_chat(settings: Settings, *, invited: bool) -> int:
    """Open the classroom for one person; returns the exit code.

    Raises StoreError, SettingsError (`home_unwritable`, or for the database's address).
    """
    try:
        set_up_logging(settings.log_level, settings.tutor_home / "logs", Redactor(), to_console=False)
    except OSError as error:
        raise home_unwritable(settings, error) from None
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    engine, pictures = Engine(settings), Pictures(settings)
    async with Store(settings.database) as store:
        try:
            classroom = Classroom(settings, store, engine, pictures)
        except OSError as error:
            raise home_unwritable(settings, error) from None
        session = Session(settings, classroom)
        starting = asyncio.create_task(_start_engine(engine, session))
        sitting = asyncio.create_task(session.run(invited=invited))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({sitting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if sitting.done():
                sitting.result()
        finally:
            await classroom.close()
            for task in (sitting, stopping, starting):
                task.cancel()
            await asyncio.gather(sitting, stopping, starting, return_exceptions=True)
    return 0


async def _start_engine(engine: Engine, session: Session) -> None:
    """At once for a person, who will read first; for a pipe when a training is asked for."""
    await session.needs_engine.wait()
    try:
        await engine.start()
    except Exception:  # the trainings that wait for it are told; here it is for the log
        _log.exception("the training workers could not be started")
