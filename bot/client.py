"""The Discord client: commands, buttons, and what goes on in the background."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any, Final

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.classroom import Classroom
from bot.cogs.lessons import Lessons
from bot.cogs.results import MAX_IMAGE_BYTES, Results, too_large
from bot.cogs.trainings import Trainings
from bot.cogs.translation import CommandTranslator
from bot.engine import Engine
from bot.engine.pictures import PictureProcess
from bot.logs import Redactor
from bot.store import Store
from bot.sync import sync_if_changed
from bot.texts import ClassroomError
from bot.views.answering import say_error
from bot.views.buttons import ActionButton

LONGEST_STALL_S: Final = 0.5
_log = logging.getLogger(__name__)


class Tree(app_commands.CommandTree["TutorBot"]):
    """One error path for all commands."""

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tell the person; see say_error."""
        await say_error(interaction, error)


class TutorBot(commands.Bot):
    """Connects the classroom with Discord. Needs no privileged intent: commands carry all they need."""

    def __init__(
        self, classroom: Classroom, store: Store, engine: Engine, pictures: PictureProcess, redactor: Redactor
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            tree_cls=Tree,
            allowed_installs=app_commands.AppInstallationType(guild=True),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
        )
        self.store = store
        self._engine, self._pictures, self._redactor = engine, pictures, redactor
        self.lessons = Lessons(classroom)
        self.trainings = Trainings(self, classroom)
        self.results = Results(self, classroom)
        self._background: set[asyncio.Task[None]] = set()

    async def setup_hook(self) -> None:
        """Commands and buttons; everything that takes time waits until the gateway is reached."""
        for cog in (self.lessons, self.trainings, self.results):
            await self.add_cog(cog)
        self.add_dynamic_items(ActionButton)
        await self.tree.set_translator(CommandTranslator())
        # discord.py reads a whole file whatever its size; the declared size is only the uploader's word.
        self.http.get_from_cdn = self._get_from_cdn

    async def on_connect(self) -> None:
        """The gateway is reached: start, once, what may take a while."""
        if self._background:
            return
        work = (self._watch_loop(), self._start_engine(), self._pictures.start(), self.trainings.recover())
        for one in (*work, sync_if_changed(self)):
            self._run(one)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Called for every interaction, before its command."""
        self._redactor.remember(interaction.token)

    async def press(self, interaction: discord.Interaction, kind: str, target: str, owner_id: str) -> None:
        """A button was pressed; see ActionButton."""
        match kind:
            case "back" | "next":
                await self.lessons.turn(interaction, target, owner_id)
            case "explain":
                await self.lessons.open(interaction, target)
            case "cancel":
                await self.trainings.cancel(interaction, target)
            case "train":
                await self.trainings.start_default(interaction)
            case "accuracy":
                await self.results.open_accuracy(interaction, target)
            case _:
                raise ClassroomError("commands_changed")

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """An error in an event's handler: for the log."""
        _log.exception("the handler of %s failed", event_method)

    async def close(self) -> None:
        """End what runs in the background, then the connection."""
        for task in self._background:
            task.cancel()
        await super().close()

    async def _start_engine(self) -> None:
        await self._engine.start()
        _log.info("the training workers are ready")

    async def _watch_loop(self) -> None:
        """Say so when something blocks the event loop: heartbeats and answers would come late."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.1)
            if (stalled_s := time.monotonic() - began - 0.1) > LONGEST_STALL_S:
                _log.warning("the event loop stood still for %.2f s", stalled_s)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)  # kept: it also says that on_connect was here
        task.add_done_callback(_log_failure)

    async def _get_from_cdn(self, url: str) -> bytes:
        """An attachment's bytes, never more than the limit and a chunk of them in memory."""
        session: aiohttp.ClientSession = self.http._HTTPClient__session  # type: ignore[attr-defined] # noqa: SLF001
        async with session.get(url, proxy=self.http.proxy, proxy_auth=self.http.proxy_auth) as answer:
            if answer.status == 404:  # noqa: PLR2004
                raise discord.NotFound(answer, "asset not found")
            if answer.status != 200:  # noqa: PLR2004
                raise discord.HTTPException(answer, "failed to get asset")
            content = bytearray()
            async for chunk in answer.content.iter_chunked(1 << 16):
                content += chunk
                if len(content) > MAX_IMAGE_BYTES:
                    raise too_large(max(len(content), answer.content_length or 0))
            return bytes(content)


def _log_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("a task in the background failed: %s", error, exc_info=error)
