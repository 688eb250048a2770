"""Opening and closing the terminal classroom."""

import asyncio
import logging
import sys
from contextlib import nullcontext

from bot.classroom import Beside, Classroom
from bot.classroom.opening import opened_store
from bot.logs import Redactor, set_up_logging
from bot.pictures.processes import Pictures
from bot.settings import Settings, log_secrets
from bot.signals import on_signal
from bot.terminal.session import Session
from bot.training import Engine
from trainer.runtime.ending import ENDING
from trainer.settings import writing_home

_log = logging.getLogger(__name__)


async def run_chat(settings: Settings, *, invited: bool, page: Beside | None = None) -> int:
    """Open the classroom for one person until /quit, the end of the input, or SIGTERM; returns the exit code.

    page: the page that is open beside the prompt.

    Raises StoreError, SettingsError (`home_unwritable`, or for the database's address).
    """
    redactor = Redactor(*log_secrets(settings))
    with writing_home(settings):
        set_up_logging(settings, redactor, to_console=False)
    stop = asyncio.Event()
    engine, pictures = Engine(settings), Pictures(settings)
    with on_signal(ENDING, stop.set):
        async with opened_store(settings, _tell) as store:
            with writing_home(settings):
                classroom = Classroom(settings, store, engine, pictures)
            try:
                async with page(classroom, store) if page else nullcontext():
                    session = Session(settings, classroom, workers_ready=engine.ready.is_set)
                    await _hold_session(session, classroom, engine, stop, invited=invited)
            finally:
                await classroom.close()
    return 0


def _tell(sentence: str) -> None:
    """To the log, and to the person."""
    _log.error("%s", sentence)
    print(sentence, file=sys.stderr)


async def _hold_session(
    session: Session, classroom: Classroom, engine: Engine, stop: asyncio.Event, *, invited: bool
) -> None:
    starting = asyncio.create_task(_start_engine(engine, session))
    running = asyncio.create_task(session.run(invited=invited))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    finally:
        await classroom.close()
        for task in (running, stopping, starting):
            task.cancel()
        await asyncio.gather(running, stopping, starting, return_exceptions=True)


async def _start_engine(engine: Engine, session: Session) -> None:
    """At once at a terminal, where a person reads first; in a pipe when a training is asked for."""
    await session.needs_engine.wait()
    try:
        await engine.start()
    except Exception:  # the trainings that wait for it get a sentence; this is for the log
        _log.exception("the training workers could not be started")
