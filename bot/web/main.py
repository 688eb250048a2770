"""Opening and closing the page: alone, or beside the terminal or Discord."""

import asyncio
import logging
import os
import signal
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from bot.classroom import Classroom
from bot.classroom.opening import opened_store
from bot.errors import SettingsError
from bot.heartbeat import beat
from bot.logs import Redactor, set_up_logging
from bot.pictures.processes import Pictures
from bot.settings import Settings, log_secrets
from bot.signals import on_signal
from bot.store import Store
from bot.texts import texts
from bot.training import Engine
from bot.web import asking, entering, metrics, teaching, watching
from bot.web.guard import add_headers, guard, own_names
from bot.web.listen import is_open_to_others, listen, own_address, room_address
from bot.web.problems import sentences
from bot.web.room import ROOM, Room
from trainer.limits import PICTURE_BYTES
from trainer.runtime.ending import ENDING
from trainer.settings import writing_home

BODY_BYTES: Final = PICTURE_BYTES + 64 * 2**10  # of a request: a picture and the rest of its form
SHUTDOWN_S: Final = 1.0
_log = logging.getLogger(__name__)


async def run_web(settings: Settings) -> int:
    """Serve the page until SIGTERM or Ctrl-C; returns the exit code.

    Raises StoreError, SettingsError (`web_off`, `web_unusable`, `home_unwritable`, or for the database's address).
    """
    redactor = Redactor(*log_secrets(settings))
    with writing_home(settings):
        set_up_logging(settings, redactor, to_console=True)
    stop = asyncio.Event()
    with on_signal((*ENDING, signal.SIGINT), stop.set):
        await _hold_class(settings, stop)
    return 0


async def _hold_class(settings: Settings, stop: asyncio.Event) -> None:
    engine, pictures = Engine(settings), Pictures(settings)
    async with opened_store(settings) as store:
        with writing_home(settings):
            classroom = Classroom(settings, store, engine, pictures)
        async with serving(settings, classroom, store):
            work = (engine.start(), pictures.start(), beat(settings.tutor_home))
            tasks = [asyncio.create_task(one) for one in work]
            try:
                await classroom.recover(messages=False)
                await stop.wait()
            finally:
                await classroom.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def serving(
    settings: Settings, classroom: Classroom, store: Store, *, browser: bool = False
) -> AsyncIterator[None]:
    """Serve the page of a classroom, and print its address; close the classroom before this ends.

    browser: also open the address in a browser, if there is a desktop.
    """
    address = settings.web_address
    if address is None:
        raise SettingsError("web_off")
    listening = listen(address)
    port = listening.getsockname()[1]
    room = Room(
        classroom, store, address=room_address(address.host, port), open_to_others=is_open_to_others(address.host)
    )
    await room.people.open()
    runner = web.AppRunner(
        application(room, address.host), handle_signals=False, access_log=None, shutdown_timeout=SHUTDOWN_S
    )
    await runner.setup()
    await web.SockSite(runner, listening).start()
    keeping_up = asyncio.create_task(room.board.keep_up())
    teacher = f"{own_address(address.host, port)}/?{urlencode({'key': room.people.key})}"
    _announce(settings, room, teacher, moved=address.port not in (0, port))
    if browser and _has_desktop():
        await asyncio.to_thread(webbrowser.open, teacher)
    try:
        yield
    finally:
        await room.conversations.close()
        room.close()
        keeping_up.cancel()
        await runner.cleanup()


def application(room: Room, host: str) -> web.Application:
    """The page as a web application."""
    app = web.Application(middlewares=[guard(own_names(host)), sentences], client_max_size=BODY_BYTES)
    app[ROOM] = room
    app.on_response_prepare.append(add_headers)
    for module in (entering, asking, watching, teaching, metrics):
        app.add_routes(module.routes)
    app.router.add_static("/static", Path(__file__).parent / "static")
    app.router.add_get("/healthz", _healthy)
    return app


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


def _announce(settings: Settings, room: Room, address: str, *, moved: bool) -> None:
    """Print the teacher's address on a line of its own, and around it what there is to know."""
    say, language = texts(), settings.tutor_lang
    if moved and settings.web_address:
        print(say(language, "web.port_taken", port=settings.web_address.port))
    if room.open_to_others:
        print(say(language, "web.open_to_room"))
    print(say(language, "web.address"))
    print(address, flush=True)


def _has_desktop() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
