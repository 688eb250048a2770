"""Opening and closing the Discord classroom."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
import discord
from filelock import FileLock, Timeout

from bot.classroom import Classroom
from bot.client import TutorBot
from bot.engine import Engine
from bot.engine.pictures import PictureProcess
from bot.logs import Redactor, set_up_logging
from bot.settings import Settings, SettingsError
from bot.store import Store
from bot.texts import ClassroomError

LAST_EDITS_S: Final = 4.0  # how long the messages of interrupted trainings may take
SHUTDOWN_S: Final = 9.0  # after SIGTERM everything is over within ten seconds
_log = logging.getLogger(__name__)


@asynccontextmanager
async def open_bot(settings: Settings) -> AsyncIterator[TutorBot]:
    """The bot with its classroom, not yet connected; at the end all of it is closed.

    Raises StoreError, SettingsError (`already_running`), OSError.
    """
    assert settings.discord_token is not None  # noqa: S101 checked by main
    redactor = Redactor(settings.discord_token.get_secret_value())
    set_up_logging(settings.log_level, settings.tutor_home / "logs", redactor, to_console=True)
    engine, pictures = Engine(settings), PictureProcess(settings)
    async with Store(settings.database) as store:
        classroom = Classroom(settings, store, engine, pictures)
        bot = TutorBot(classroom, store, engine, pictures, redactor)
        try:
            yield bot
        finally:
            try:
                await asyncio.wait_for(_close(bot, classroom), SHUTDOWN_S)
            except TimeoutError:
                _log.warning("the classroom did not close in time")


async def _close(bot: TutorBot, classroom: Classroom) -> None:
    """First the learners, then the machinery: the last edits need the connection."""
    closing = asyncio.create_task(classroom.close())
    await asyncio.sleep(0)  # the interrupted states go out before their messages are waited for
    await bot.trainings.delivered(LAST_EDITS_S)
    await closing
    await bot.trainings.delivered(0.1)
    await bot.close()


async def run_discord(settings: Settings) -> int:
    """Run the bot until SIGTERM or Ctrl-C; returns the exit code."""
    lock = FileLock(settings.tutor_home / "discord.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise SettingsError("already_running", home=settings.tutor_home) from None
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    assert settings.discord_token is not None  # noqa: S101 checked by main
    async with open_bot(settings) as bot:
        running = asyncio.create_task(bot.start(settings.discord_token.get_secret_value()))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if running.done():
            _explain(running)
        else:
            _watch_exit()
    running.cancel()
    return 0


def _explain(running: "asyncio.Task[None]") -> None:
    """Why the bot ended by itself, as one sentence."""
    try:
        running.result()
    except discord.LoginFailure:
        raise SettingsError("token_wrong") from None
    except (aiohttp.ClientError, OSError, discord.HTTPException, discord.GatewayNotFound) as error:
        raise ClassroomError("gateway_unreachable", problem=error) from None


def _watch_exit() -> None:
    """Whatever hangs while closing (a thread that waits for a dead worker), the process ends in time."""
    asyncio.get_running_loop().call_later(SHUTDOWN_S + 0.5, os._exit, 0)
