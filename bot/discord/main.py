"""Opening and closing the Discord classroom.

The gateway comes first: discord.py is loaded and connects while the rest, which takes longer to load, is imported in
a thread and opened. Who uses a command in that second is answered when the classroom is open.
"""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord
from filelock import FileLock, Timeout

from bot.discord.client import TutorBot
from bot.errors import ClassroomError, SettingsError
from bot.logs import Redactor, set_up_logging
from bot.settings import Settings, home_unwritable
from trainer.runtime.memory import return_memory_when_freed

if TYPE_CHECKING:
    from bot.classroom import Classroom
    from bot.pictures.processes import Pictures
    from bot.training import Engine

CONNECT_S: Final = 30.0
LAST_EDITS_S: Final = 4.5  # how long the messages of interrupted trainings may take
CLASSROOM_S: Final = 6.0  # the same time counted on: engine, pictures, database
CONNECTION_S: Final = 1.5  # a gateway that is gone never confirms the end of the connection
EXIT_S: Final = 9.0  # after SIGTERM everything is over within ten seconds
_TOKEN_REFUSED: Final = 4004  # the gateway's code, e.g. when the token was reset in the meantime
_NETWORK = (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordException)
_HEAVY: Final = (
    "bot.pictures.processes",
    "bot.discord.lessons",
    "bot.discord.results",
    "bot.discord.trainings",
    "bot.discord.sync",
)
_log = logging.getLogger(__name__)


async def run_discord(settings: Settings) -> int:
    """Run the bot until SIGTERM or Ctrl-C; returns the exit code.

    Raises SettingsError (`already_running`, `token_wrong`, `home_unwritable`), ClassroomError
    (`gateway_unreachable`) and StoreError.
    """
    return_memory_when_freed()
    lock = FileLock(settings.tutor_home / "discord.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise SettingsError("already_running", home=settings.tutor_home) from None
    except OSError as error:
        raise home_unwritable(settings, error) from None
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    bot = new_bot(settings)
    connecting = asyncio.create_task(_connect(bot, settings))
    holding = asyncio.create_task(_hold_class(bot, settings))
    work = (connecting, holding)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({*work, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if stopping.done():
        _log.info("asked to stop: the trainings under way are told, then the bot ends")
        _exit_in_time()
    failures = [failure for task in work if task.done() and (failure := task.exception())]
    await _cancel(stopping, holding)  # the class before the connection: its last edits need it
    await _at_most(bot.close(), CONNECTION_S, "the connection to Discord")
    await _cancel(connecting)
    if failures:
        raise failures[0]
    return 0


def new_bot(settings: Settings) -> TutorBot:
    """The client with logging set up; SettingsError `home_unwritable`."""
    assert settings.discord_token is not None  # noqa: S101 checked by main
    redactor = Redactor(settings.discord_token.get_secret_value())
    try:
        set_up_logging(settings.log_level, settings.tutor_home / "logs", redactor, to_console=True)
    except OSError as error:
        raise home_unwritable(settings, error) from None
    return TutorBot(redactor)


@asynccontextmanager
async def open_class(bot: TutorBot, settings: Settings) -> AsyncIterator[tuple["Engine", "Pictures"]]:
    """Open the store and the classroom for the bot; at the end the trainings are told and all of it is closed.

    Engine and pictures are not started yet. Raises StoreError, SettingsError `home_unwritable`.
    """
    for name in _HEAVY:
        await asyncio.to_thread(import_module, name)
    from bot.classroom import Classroom
    from bot.pictures.processes import Pictures
    from bot.store import Store
    from bot.training import Engine

    async with Store(settings.database) as store:
        engine, pictures = Engine(settings), Pictures(settings)
        try:
            classroom = Classroom(settings, store, engine, pictures)
        except OSError as error:
            raise home_unwritable(settings, error) from None
        try:
            await bot.open(classroom, store)
            yield engine, pictures
        finally:
            await _close(bot, classroom)


async def _connect(bot: TutorBot, settings: Settings) -> None:
    """Connect and stay connected; what ends it is raised as one sentence."""
    assert settings.discord_token is not None  # noqa: S101 checked by main
    try:
        await asyncio.wait_for(bot.login(settings.discord_token.get_secret_value()), CONNECT_S)
        await _stay_connected(bot)
    except discord.LoginFailure:
        raise SettingsError("token_wrong") from None
    except discord.ConnectionClosed as error:
        if error.code == _TOKEN_REFUSED:
            raise SettingsError("token_wrong") from None
        raise _unreachable(error) from None
    except _NETWORK as error:
        raise _unreachable(error) from None


async def _stay_connected(bot: TutorBot) -> None:
    """The first connection has to come soon: somebody waits for it. Later ones are tried for as long as it takes."""
    connecting = asyncio.create_task(bot.connect())
    first = asyncio.create_task(bot.connected.wait())
    try:
        await asyncio.wait({connecting, first}, timeout=CONNECT_S, return_when=asyncio.FIRST_COMPLETED)
        if not (first.done() or connecting.done()):
            raise TimeoutError(f"no gateway within {CONNECT_S:.0f} s")
        await connecting
    finally:
        first.cancel()
        connecting.cancel()


async def _hold_class(bot: TutorBot, settings: Settings) -> None:
    """Open the classroom, start what takes a while as soon as the gateway is reached, and stay."""
    async with open_class(bot, settings) as (engine, pictures):
        from bot.discord.sync import keep_in_sync

        await bot.connected.wait()
        bot.run_in_background(bot.trainings.recover(), keep_in_sync(bot), _start(engine), pictures.start())
        await asyncio.Event().wait()


async def _start(engine: "Engine") -> None:
    await engine.start()
    if engine.ready.is_set():
        _log.info("the training workers are ready")


async def _close(bot: TutorBot, classroom: "Classroom") -> None:
    """First the learners, then the machinery."""
    began = time.monotonic()
    closing = asyncio.create_task(classroom.close())
    await asyncio.sleep(0)  # the interrupted states go out before their messages are waited for
    await bot.delivered(LAST_EDITS_S)
    await _at_most(closing, CLASSROOM_S - (time.monotonic() - began), "the classroom")
    await bot.delivered(0.1)  # those of trainings that were just being saved


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
        _log.exception("%s did not close well", what)


def _exit_in_time() -> None:
    """Whatever hangs while closing (a thread that waits for a dead worker, a loop that is blocked): the end comes."""

    def end() -> None:
        logging.shutdown()
        os._exit(0)

    timer = threading.Timer(EXIT_S, end)
    timer.daemon = True
    timer.start()


def _unreachable(error: BaseException) -> ClassroomError:
    problem = " ".join(str(error).split())[:200] or type(error).__name__
    return ClassroomError("gateway_unreachable", problem=problem)
