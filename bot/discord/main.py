"""Opening and closing the Discord classroom.

discord.py is imported and connects first, while a thread imports the rest, which takes longer. Commands that arrive
meanwhile are answered when the classroom is open.
"""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, nullcontext
from importlib import import_module
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final

import discord
from filelock import FileLock, Timeout

import trainer.errors
from bot.discord.client import TutorBot
from bot.discord.failures import FAILURES, explained
from bot.discord.proxied import new_connector
from bot.errors import SettingsError
from bot.heartbeat import beat
from bot.logs import Redactor, set_up_logging
from bot.settings import Settings, log_secrets
from bot.signals import on_signal
from trainer.runtime.ending import ENDING
from trainer.runtime.memory import return_memory_when_freed
from trainer.settings import writing_home

if TYPE_CHECKING:
    from bot.classroom import Beside, Classroom
    from bot.pictures.processes import Pictures
    from bot.training import Engine

CONNECT_S: Final = 30.0
PAUSES_S: Final = (2.0, 5.0, 15.0, 60.0, 300.0)  # between attempts to log in
LAST_EDITS_S: Final = 4.5  # how long the messages of interrupted trainings may take
CLASSROOM_S: Final = 6.0  # from the same moment on: until engine, pictures and database are closed
CONNECTION_S: Final = 1.5  # an unreachable gateway never confirms the end of the connection
EXIT_S: Final = 9.0  # after SIGTERM the process ends within ten seconds
_TOKEN_REFUSED: Final = 4004  # the gateway's code, e.g. when the token was reset
_HEAVY: Final = ("bot.pictures.processes", "bot.discord.commands", "bot.discord.menu", "bot.discord.messages")
_log = logging.getLogger(__name__)


async def run_discord(settings: Settings, page: "Beside | None" = None) -> int:
    """Run the bot until SIGTERM or Ctrl-C; returns the exit code.

    page: the page that is open beside the bot.

    Raises SettingsError (`already_running`, `token_wrong`, `proxy_password`, `home_unwritable`) and StoreError.
    """
    return_memory_when_freed()
    lock = FileLock(settings.tutor_home / "discord.lock", timeout=0)
    with writing_home(settings):
        try:
            lock.acquire()
        except Timeout:
            raise SettingsError("already_running", home=settings.tutor_home) from None
    stop = asyncio.Event()
    with on_signal((*ENDING, signal.SIGINT), stop.set):
        return await _run_until(stop, settings, page)


async def _run_until(stop: asyncio.Event, settings: Settings, page: "Beside | None") -> int:
    bot = new_bot(settings)
    beating = asyncio.create_task(beat(settings.tutor_home))
    connecting = asyncio.create_task(_connect(bot, settings))
    holding = asyncio.create_task(_hold_class(bot, settings, page))
    work = (connecting, holding)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({*work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if stopping.done():
        _log.info("stopping: the messages of running trainings are updated, then the bot ends")
        _exit_in_time()
    failures = [failure for task in work if task.done() and (failure := task.exception())]
    await _cancel(stopping, holding)  # the classroom before the connection, which its last edits need
    await _at_most(bot.close(), CONNECTION_S, "the connection to Discord")
    await _cancel(connecting, beating)
    if failures:
        raise failures[0]
    return 0


def new_bot(settings: Settings) -> TutorBot:
    """The client with logging set up; SettingsError `home_unwritable`."""
    assert settings.discord_token is not None  # noqa: S101 checked by main
    redactor = Redactor(settings.discord_token.get_secret_value(), *log_secrets(settings))
    with writing_home(settings):
        set_up_logging(settings, redactor, to_console=True)
    return TutorBot(redactor)


@asynccontextmanager
async def open_class(
    bot: TutorBot, settings: Settings, page: "Beside | None" = None
) -> AsyncIterator[tuple["Engine", "Pictures"]]:
    """Open the store and the classroom for the bot; at the end update the messages of trainings, and close everything.

    Engine and pictures are not started yet. Raises StoreError, SettingsError `home_unwritable`.
    """
    for name in _HEAVY:
        await asyncio.to_thread(import_module, name)
    from bot.classroom import Classroom
    from bot.classroom.opening import opened_store
    from bot.pictures.processes import Pictures
    from bot.training import Engine

    async with opened_store(settings) as store:
        engine, pictures = Engine(settings), Pictures(settings)
        with writing_home(settings):
            classroom = Classroom(settings, store, engine, pictures)
        try:
            async with page(classroom, store) if page else nullcontext():
                try:
                    classroom.observer.latency = bot.gateway_latency
                    bot.open_classroom(classroom, store)
                    yield engine, pictures
                finally:
                    await _close(bot, classroom)
        finally:
            await classroom.close()  # if the page could not be opened


async def _connect(bot: TutorBot, settings: Settings) -> None:
    """Log in, connect and stay connected; SettingsError (`token_wrong`) if Discord refuses the token."""
    assert settings.discord_token is not None  # noqa: S101 checked by main
    try:
        await _log_in(bot, settings)
        await bot.connect()  # which reconnects by itself
    except discord.LoginFailure:
        raise SettingsError("token_wrong") from None
    except discord.ConnectionClosed as error:
        if error.code == _TOKEN_REFUSED:
            raise SettingsError("token_wrong") from None
        raise


async def _log_in(bot: TutorBot, settings: Settings) -> None:
    """Log in; try again with growing pauses while Discord cannot be reached, e.g. before the router is up.

    Raises discord.LoginFailure, SettingsError `proxy_password`.
    """
    assert settings.discord_token is not None  # noqa: S101 checked by main
    token = settings.discord_token.get_secret_value()
    for attempt, pause_s in enumerate(chain(PAUSES_S, repeat(PAUSES_S[-1]))):
        bot.http.connector = new_connector(settings)  # a failed attempt closes it with its session
        try:
            await asyncio.wait_for(bot.login(token), CONNECT_S)
        except discord.LoginFailure:
            raise
        except FAILURES as error:
            trouble = explained(error, "gateway_unreachable")
            if isinstance(trouble, trainer.errors.SettingsError):
                raise trouble from None
            if attempt == 0:
                _log.warning("%s", trouble)
            await bot.http.close()
            await asyncio.sleep(pause_s)
        else:
            return


async def _hold_class(bot: TutorBot, settings: Settings, page: "Beside | None") -> None:
    """Open the classroom, start workers and picture processes as soon as the gateway is reached, and wait."""
    async with open_class(bot, settings, page) as (engine, pictures):
        from bot.discord.registration import keep_in_sync

        if page is None:  # with a page there is work before Discord is reached
            await bot.connected.wait()
        bot.run_in_background(_start(engine), pictures.start())
        await bot.connected.wait()
        bot.run_in_background(bot.trainings.recover(), keep_in_sync(bot))
        await asyncio.Event().wait()


async def _start(engine: "Engine") -> None:
    await engine.start()
    if engine.ready.is_set():
        _log.info("the training workers are ready")


async def _close(bot: TutorBot, classroom: "Classroom") -> None:
    """Update the messages of trainings, then close engine, pictures and database."""
    began = time.monotonic()
    closing = asyncio.create_task(classroom.close())
    await asyncio.sleep(0)  # `close` sets the interrupted states first
    await bot.delivered(LAST_EDITS_S)
    await _at_most(closing, CLASSROOM_S - (time.monotonic() - began), "the classroom")
    await bot.delivered(0.1)  # of trainings that were being saved


async def _cancel(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _at_most(work: Awaitable[None], seconds: float, what: str) -> None:
    try:
        await asyncio.wait_for(work, seconds)
    except TimeoutError:
        _log.warning("%s did not close in time", what)
    except Exception:
        _log.exception("closing %s failed", what)


def _exit_in_time() -> None:
    """End the process after EXIT_S, also when a thread or the event loop hangs."""

    def end() -> None:
        logging.shutdown()
        os._exit(0)

    timer = threading.Timer(EXIT_S, end)
    timer.daemon = True
    timer.start()
